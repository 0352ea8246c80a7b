using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary><c>jupyter_client</c>'s blocking client, connected through the connection file to the kernel of a context that is in use.</summary>
[RequiresKernel]
public sealed class BlockingKernelClientTests : ServedTests
{
    private protected override void RequireClient() => ClientScript.RequirePythonModules("jupyter_client, requests, websocket");

    [TestCase("state_is_shared")]
    [TestCase("each_side_gets_its_own_results")]
    [TestCase("an_error_of_the_client_does_not_abort_the_context")]
    [TestCase("an_error_of_the_context_does_not_abort_the_client")]
    [TestCase("the_context_waits_while_the_client_computes")]
    [TestCase("output_of_both_at_once")]
    [TestCase("input_reaches_who_is_asked")]
    [TestCase("the_context_is_restarted")]
    [CancelAfter(180_000)]
    public Task It_shares_the_kernel_of_a_context(string name, CancellationToken cancellationToken) =>
        ClientScript.RunPythonAsync(ClientEnvironment(), cancellationToken, "blocking_client.py", name);
}
