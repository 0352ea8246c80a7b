using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Mcp;

/// <summary>The conformance package of the protocol against <c>kernel-gateway serve</c>.</summary>
/// <remarks>
/// Its other scenarios call tools and prompts of a test server by their names, such as <c>test_simple_text</c>; a server with a purpose has none of these.
/// </remarks>
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases, which change nothing
[CancelAfter(120_000)]
public sealed class McpConformanceTests
{
    private const string Package = "@modelcontextprotocol/conformance";

    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        ClientScript.RequireNodePackage(Package);
        _server = await ServerProcess.StartAsync(TestContext.CurrentContext.CancellationToken, "--auth", "none", "--warm", "none");
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("server-initialize")]
    [TestCase("ping")]
    [TestCase("tools-list")]
    [TestCase("resources-list")]
    [TestCase("completion-complete")]
    [TestCase("server-sse-multiple-streams")]
    [TestCase("dns-rebinding-protection")]
    public async Task Server_passes_the_scenario(string scenario, CancellationToken cancellationToken)
    {
        var results = Directory.CreateTempSubdirectory("kernel-gateway-conformance-").FullName;
        try
        {
            var output = await ClientScript.RunNodeAsync(
                new Dictionary<string, string>(),
                cancellationToken,
                $"node_modules/{Package}/dist/index.js", "server", "--url", $"{_server.Url}mcp", "--scenario", scenario, "--output-dir", results);

            output.Should().Contain(", 0 failed");
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }
}
