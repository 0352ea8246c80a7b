using NetMQ;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Interop;

/// <summary>Ends NetMQ's threads after the tests, which opens descriptors for them in this process.</summary>
[SetUpFixture]
public sealed class NetMQContext
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // It returns when every socket has been closed.
    [OneTimeTearDown]
    public Task EndAsync() => Task.Run(() => NetMQConfig.Cleanup()).WaitAsync(Limit);
}
