using NetMQ;
using NUnit.Framework;

namespace KernelGateway;

/// <summary>Ends NetMQ's own threads after the tests. That waits for every socket, so it fails when one was not closed.</summary>
/// <remarks>In this namespace it comes before <see cref="LeftDescriptors"/>, which counts the descriptors of those threads.</remarks>
[SetUpFixture]
public sealed class NetMQContext
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [OneTimeTearDown]
    public Task EndAsync() => Task.Run(() => NetMQConfig.Cleanup()).WaitAsync(Limit);
}
