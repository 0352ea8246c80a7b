using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Tests of one running server that asks for a token.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each has kernels of its own
public abstract class ServedTests
{
    /// <summary>Creates the tests of a server.</summary>
    /// <param name="arguments">Arguments of <c>kernel-gateway serve</c>, besides those that all these servers have.</param>
    private protected ServedTests(params string[] arguments) => Arguments = arguments;

    /// <summary>Gets the arguments that the server has besides those that all these servers have.</summary>
    private protected IReadOnlyList<string> Arguments { get; }

    /// <summary>The server's token.</summary>
    private protected const string Token = "token-of-the-gateway";

    private protected ServerProcess Server { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        RequireClient();
        Server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token },
            TestContext.CurrentContext.CancellationToken,
            ["--warm", "none", .. Arguments]);
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (Server is not null) await Server.DisposeAsync();
    }

    /// <summary>Skips the tests when the client they are about is not installed.</summary>
    private protected virtual void RequireClient()
    {
    }

    /// <summary>What a client's script has to know of the server.</summary>
    private protected Dictionary<string, string> ClientEnvironment() =>
        new() { ["JUPYTER_URL"] = Server.Url.ToString(), ["JUPYTER_TOKEN"] = Token };
}
