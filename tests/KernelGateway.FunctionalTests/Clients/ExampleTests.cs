using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The short examples of each client.</summary>
[RequiresKernel]
public sealed class ExampleTests : ServedTests
{
    [TestCase("jupyterlab.mjs")]
    [TestCase("agent.py")]
    [TestCase("blocking_client.py")]
    [CancelAfter(120_000)]
    public async Task Example_works_with_a_token(string script, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string> { ["URL"] = Server.Url.ToString().TrimEnd('/'), ["TOKEN"] = Token };
        ShouldGreetAndCalculate(await RunAsync(script, environment, cancellationToken));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Example_of_the_e2b_sdk_works_without_a_token(CancellationToken cancellationToken)
    {
        ClientScript.RequireNodePackage("@e2b/code-interpreter");
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--auth", "none");
        var environment = new Dictionary<string, string>
        {
            ["E2B_DEBUG"] = "true",
            ["E2B_SANDBOX_URL"] = server.Url.ToString().TrimEnd('/'),
        };
        ShouldGreetAndCalculate(await RunAsync("e2b.mjs", environment, cancellationToken));
    }

    private protected override void RequireClient()
    {
        ClientScript.RequireNodePackage("@jupyterlab/services");
        ClientScript.RequirePythonModules("jupyter_client, requests, websocket");
    }

    private static Task<string> RunAsync(string script, Dictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var path = Path.Combine("examples", script);
        return script.EndsWith(".py", StringComparison.Ordinal)
            ? ClientScript.RunPythonAsync(environment, cancellationToken, path)
            : ClientScript.RunNodeAsync(environment, cancellationToken, path);
    }

    private static void ShouldGreetAndCalculate(string output) => output.Should().Contain("Hello").And.Contain("42");
}
