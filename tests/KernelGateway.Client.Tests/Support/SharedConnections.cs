using NUnit.Framework;

namespace KernelGateway.Client.Tests;

/// <summary>Ends the connections that clients of sandboxes share, after the tests: the process keeps them for the next client.</summary>
[SetUpFixture]
public sealed class SharedConnections
{
    [OneTimeTearDown]
    public void End() => SandboxSettings.SharedClient.Dispose();
}
