using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>Clients as agent frameworks write them for a kernel gateway, with <c>requests</c> and <c>websocket-client</c>.</summary>
[RequiresKernel]
public sealed class AgentClientTests : ServedTests
{
    private protected override void RequireClient() => ClientScript.RequirePythonModules("requests, websocket");

    [TestCase("run_code")]
    [TestCase("token_in_the_query")]
    [TestCase("bearer_token")]
    [TestCase("wrong_token")]
    [TestCase("unknown_kernel")]
    [TestCase("gateway_client_of_jupyter_server")]
    [TestCase("enterprise_gateway_client")]
    [TestCase("bare_message")]
    [CancelAfter(120_000)]
    public Task A_plain_client_runs_code(string name, CancellationToken cancellationToken) =>
        ClientScript.RunPythonAsync(ClientEnvironment(), cancellationToken, "agent.py", name);
}
