using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Tests that share one running server with a token.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each case starts its own kernels
public abstract class ServedTests
{
    /// <summary>Creates the tests of a server.</summary>
    /// <param name="arguments">Arguments of <c>kernel-gateway serve</c>, in addition to those that all these servers have.</param>
    private protected ServedTests(params string[] arguments) => Arguments = arguments;

    /// <summary>Gets the additional arguments of the server.</summary>
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

    /// <summary>Ignores the tests when their client is not installed.</summary>
    private protected virtual void RequireClient()
    {
    }

    /// <summary>Returns the environment variables with the address and the token of the server for a client script.</summary>
    private protected Dictionary<string, string> ClientEnvironment() =>
        new() { ["JUPYTER_URL"] = Server.Url.ToString(), ["JUPYTER_TOKEN"] = Token };
}
