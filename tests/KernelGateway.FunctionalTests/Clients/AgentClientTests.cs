using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>Clients as frameworks for agents write them against a kernel gateway, with <c>requests</c> and <c>websocket-client</c>.</summary>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each has a kernel of its own
public sealed class AgentClientTests
{
    private const string Token = "token-of-the-gateway";

    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        ClientScript.RequirePythonModules("requests, websocket");
        _server = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token },
            TestContext.CurrentContext.CancellationToken,
            "--warm",
            "none");
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("run_code")]
    [TestCase("token_in_the_query")]
    [TestCase("bearer_token")]
    [TestCase("wrong_token")]
    [TestCase("unknown_kernel")]
    [TestCase("gateway_client_of_jupyter_server")]
    [TestCase("enterprise_gateway_client")]
    [TestCase("bare_message")]
    [CancelAfter(120_000)]
    public Task A_plain_client_runs_code(string name, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { ["JUPYTER_URL"] = _server.Url.ToString(), ["JUPYTER_TOKEN"] = Token };
        return ClientScript.RunPythonAsync(environment, cancellationToken, "agent.py", name);
    }
}
