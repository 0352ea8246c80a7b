using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>A Jupyter Server as it is, whose kernels live in the gateway: <c>jupyter-server --gateway-url</c>.</summary>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one pair of servers for all cases; each has kernels of its own
public sealed class JupyterServerGatewayTests
{
    private const string Token = "token-of-the-gateway";

    private ServerProcess _gateway = null!;
    private JupyterServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartBothServers()
    {
        ClientScript.RequirePythonModules("jupyter_server, requests, websocket");
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        _gateway = await ServerProcess.StartAsync(
            new Dictionary<string, string> { ["KERNELGATEWAY__HTTP__TOKEN"] = Token }, cancellationToken, "--warm", "none");
        _server = await JupyterServerProcess.StartAsync(_gateway.Url, Token, cancellationToken);
    }

    [OneTimeTearDown]
    public async Task StopBothServers()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_gateway is not null) await _gateway.DisposeAsync();
    }

    [TestCase("kernelspecs")]
    [TestCase("start_list_execute_delete")]
    [TestCase("state_is_shared_with_the_gateway")]
    [TestCase("interrupt")]
    [TestCase("restart")]
    [TestCase("stdin")]
    [TestCase("sessions")]
    [TestCase("kernel_deleted_in_the_gateway")]
    [CancelAfter(180_000)]
    public Task Its_kernels_live_in_the_gateway(string name, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>
        {
            ["JUPYTER_URL"] = _server.Url.ToString(),
            ["JUPYTER_TOKEN"] = JupyterServerProcess.Token,
            ["GATEWAY_URL"] = _gateway.Url.ToString(),
            ["GATEWAY_TOKEN"] = Token,
        };
        return ClientScript.RunPythonAsync(environment, cancellationToken, "jupyter_server.py", name);
    }
}
