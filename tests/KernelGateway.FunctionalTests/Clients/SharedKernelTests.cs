using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>One kernel that the E2B SDK, the JupyterLab client and <c>jupyter_client</c> use at the same time.</summary>
[RequiresKernel]
public sealed class SharedKernelTests
{
    [TestCase("contexts")]
    [TestCase("kernels")]
    [CancelAfter(240_000)]
    public async Task Each_client_gets_its_own_results_and_all_the_same_state(string from, CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("@jupyterlab/services");
        ClientScript.RequireNodePackage("@e2b/code-interpreter");
        ClientScript.RequirePythonModules("jupyter_client, requests, websocket");
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--auth", "none", "--warm", "none");
        var environment = new Dictionary<string, string>
        {
            ["JUPYTER_URL"] = server.Url.ToString(),
            ["E2B_DEBUG"] = "true",
            ["E2B_SANDBOX_URL"] = server.Url.ToString().TrimEnd('/'),
            ["PYTHON"] = ClientScript.Python,
        };
        await ClientScript.RunNodeAsync(environment, cancellationToken, "shared.mjs", from);
    }
}
