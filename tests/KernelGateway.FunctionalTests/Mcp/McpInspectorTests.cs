using System.Text.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Mcp;

/// <summary>The command line of the reference inspector against <c>kernel-gateway serve</c>: an agent's session on a real ipykernel, step by step.</summary>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server and one index for all cases; each has a context of its own
[CancelAfter(240_000)]
public sealed class McpInspectorTests
{
    private const string Package = "@modelcontextprotocol/inspector-cli";
    private const string Token = "the-token";

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-mcp-").FullName;
    private readonly string _inspector = Directory.CreateTempSubdirectory("kernel-gateway-inspector-").FullName;
    private ServerProcess _server = null!;
    private PackageIndex _index = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        ClientScript.RequireNodePackage(Package);
        ClientScript.RequirePythonModules("matplotlib, pip");
        var cancellation = TestContext.CurrentContext.CancellationToken;

        // The package looks for the file of the inspector whose part it is, one directory above its own.
        var modules = Path.Combine(ClientScript.Directory, "node_modules");
        await File.WriteAllTextAsync(Path.Combine(_inspector, "package.json"), """{"name": "inspector", "version": "1.0.3"}""", cancellation);
        Directory.CreateSymbolicLink(Path.Combine(_inspector, "node_modules"), modules);
        Directory.CreateSymbolicLink(Path.Combine(_inspector, "cli"), Path.Combine(modules, Package));
        _index = await PackageIndex.StartAsync(cancellation);
        _server = await ServerProcess.StartAsync(cancellation, "--token", Token, "--working-directory", _directory, "--warm", "none");
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_index is not null) await _index.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        Directory.Delete(_inspector, recursive: true);
    }

    [Test]
    public async Task Agent_plots_reads_the_image_installs_a_package_sees_a_failure_and_mends_it(CancellationToken cancellationToken)
    {
        var packages = Directory.CreateDirectory(Path.Combine(_directory, "packages")).FullName;
        var environment = JsonSerializer.Serialize(new Dictionary<string, string>
        {
            // Debian's pip does not install into the system's own directories.
            ["PIP_TARGET"] = packages, ["PYTHONPATH"] = packages, ["MPLCONFIGDIR"] = _directory, ["PIP_NO_CACHE_DIR"] = "1",
        });
        var created = await CallAsync("create_context", [$"environment={environment}", "language=python"], cancellationToken);
        var context = $"context_id={Get(created, "context_id")}";

        var plot = await CallAsync("run_code", [context, "code=import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"], cancellationToken);
        var image = plot.GetProperty("content").EnumerateArray().Should().ContainSingle(block => block.GetProperty("type").GetString() == "image").Subject;
        image.GetProperty("mimeType").GetString().Should().Be("image/png");
        Convert.FromBase64String(image.GetProperty("data").GetString()!).Should().StartWith(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' });
        var read = await InspectAsync("resources/read", ["--uri", $"kernel-gateway://executions/{Get(plot, "execution_id")}/images/1"], cancellationToken);
        read.GetProperty("contents")[0].GetProperty("blob").GetString().Should().Be(image.GetProperty("data").GetString());

        const string Use = "code=import kg_demo\nkg_demo.answer";
        var failed = await CallAsync("run_code", [context, Use], cancellationToken);
        failed.GetProperty("isError").GetBoolean().Should().BeTrue();
        Text(failed).Should().Contain("ModuleNotFoundError: No module named 'kg_demo'");
        var installed = await CallAsync("install_packages", [context, "packages=[\"kg-demo\"]", $"index_url={_index.PipUrl}"], cancellationToken);
        Get(installed, "reason").Should().Be("completed", "{0}", Text(installed));
        var mended = await CallAsync("run_code", [context, Use], cancellationToken);

        Text(mended).Should().Contain("42");
        Get(mended, "reason").Should().Be("completed");
        await CallAsync("remove_context", [context], cancellationToken);
    }

    [Test]
    public async Task Packages_of_npm_are_installed_into_the_directory(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "package.json"), "{}", cancellationToken);

        var installed = await CallAsync("install_packages", ["language=javascript", "packages=[\"kg-demo\"]", $"index_url={_index.NpmUrl}"], cancellationToken);

        Text(installed).Should().Contain("added 1 package");
        File.Exists(Path.Combine(_directory, "node_modules", "kg-demo", "index.js")).Should().BeTrue();
    }

    [Test]
    public async Task Inspector_lists_tools_and_templates(CancellationToken cancellationToken)
    {
        var tools = await InspectAsync("tools/list", [], cancellationToken);
        var templates = await InspectAsync("resources/templates/list", [], cancellationToken);

        tools.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("name").GetString())
            .Should().Contain(["run_code", "get_execution", "install_packages", "run_notebook", "run_command"]);
        templates.GetProperty("resourceTemplates").GetArrayLength().Should().Be(4);
    }

    private static string Get(JsonElement result, string field) => result.GetProperty("structuredContent").GetProperty(field).ToString();

    private static string Text(JsonElement result) => result.GetProperty("content")[0].GetProperty("text").GetString()!;

    private Task<JsonElement> CallAsync(string tool, string[] arguments, CancellationToken cancellationToken) => InspectAsync(
        "tools/call", ["--tool-name", tool, .. arguments.SelectMany(argument => new[] { "--tool-arg", argument })], cancellationToken);

    private async Task<JsonElement> InspectAsync(string method, string[] arguments, CancellationToken cancellationToken)
    {
        var output = await ClientScript.RunNodeAsync(
            new Dictionary<string, string>(),
            cancellationToken,
            [
                "--preserve-symlinks", "--preserve-symlinks-main", Path.Combine(_inspector, "cli", "build", "index.js"),
                $"{_server.Url}mcp", "--transport", "http", "--header", $"Authorization: Bearer {Token}", "--method", method, .. arguments,
            ]);
        return JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }
}
