using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>An unmodified Jupyter Server that uses the gateway for its kernels: <c>jupyter-server --gateway-url</c>.</summary>
[RequiresKernel]
[Parallelizable(ParallelScope.Self)]   // one case at a time: Jupyter Server 1.23 loses a kernel that starts while it lists kernels
public sealed class JupyterServerGatewayTests : ServedTests
{
    private JupyterServerProcess _jupyterServer = null!;

    [OneTimeSetUp]
    public async Task StartTheJupyterServer() =>
        _jupyterServer = await JupyterServerProcess.StartAsync(Server.Url, Token, TestContext.CurrentContext.CancellationToken);

    [OneTimeTearDown]
    public async Task StopTheJupyterServer()
    {
        if (_jupyterServer is not null) await _jupyterServer.DisposeAsync();
    }

    private protected override void RequireClient() => ClientScript.RequirePythonModules("jupyter_server, requests, websocket");

    [TestCase("kernelspecs")]
    [TestCase("start_list_execute_delete")]
    [TestCase("state_is_shared_with_the_gateway")]
    [TestCase("working_directory")]
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
            ["JUPYTER_URL"] = _jupyterServer.Url.ToString(),
            ["JUPYTER_TOKEN"] = JupyterServerProcess.Token,
            ["GATEWAY_URL"] = Server.Url.ToString(),
            ["GATEWAY_TOKEN"] = Token,
        };
        return ClientScript.RunPythonAsync(environment, cancellationToken, "jupyter_server.py", name);
    }

    // A subset of the cases of JupyterLab's client: a Jupyter Server with a gateway passes on neither binary frames nor messages above 10 MiB.
    [TestCase("execute")]
    [TestCase("execute_many")]
    [TestCase("any_text")]
    [TestCase("display_updates")]
    [TestCase("input")]
    [TestCase("introspection")]
    [TestCase("interrupt")]
    [TestCase("restart")]
    [TestCase("autorestart")]
    [TestCase("sessions")]
    [CancelAfter(180_000)]
    public Task JupyterLab_works_with_the_kernels_behind_it(string name, CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("@jupyterlab/services");
        var environment = new Dictionary<string, string>
        {
            ["JUPYTER_URL"] = _jupyterServer.Url.ToString(),
            ["JUPYTER_TOKEN"] = JupyterServerProcess.Token,
        };
        return ClientScript.RunNodeAsync(environment, cancellationToken, "jupyterlab.mjs", name);
    }
}
