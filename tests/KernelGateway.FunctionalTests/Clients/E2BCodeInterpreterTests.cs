using System.Diagnostics;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>The unmodified npm package <c>@e2b/code-interpreter</c> against the real command.</summary>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases
[Parallelizable(ParallelScope.Self)]           // one case at a time: a case expects its new context at the end of the list
public sealed class E2BCodeInterpreterTests
{
    private static readonly string Directory = Repository.PathOf("tests", "KernelGateway.FunctionalTests", "clients");

    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer()
    {
        if (!System.IO.Directory.Exists(Path.Combine(Directory, "node_modules", "@e2b")))
        {
            Assert.Ignore("The npm packages are not installed; ./test.sh installs them.");
        }

        _server = await ServerProcess.StartAsync(
            TestContext.CurrentContext.CancellationToken, "--auth", "none", "--env", "GIVEN=by the operator");
    }

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("run_code")]
    [TestCase("state_is_kept")]
    [TestCase("cells_are_counted")]
    [TestCase("shell_commands")]
    [TestCase("callbacks")]
    [TestCase("output_is_streamed")]
    [TestCase("non_ascii_text_survives")]
    [TestCase("plot_has_png")]
    [TestCase("data_frame_has_data")]
    [TestCase("list_has_json")]
    [TestCase("image_has_png")]
    [TestCase("line_chart")]
    [TestCase("scatter_chart")]
    [TestCase("bar_chart")]
    [TestCase("pie_chart")]
    [TestCase("box_and_whisker_chart")]
    [TestCase("superchart")]
    [TestCase("unknown_chart")]
    [TestCase("contexts")]
    [TestCase("contexts_are_isolated")]
    [TestCase("environment_of_one_execution")]
    [TestCase("environment_of_the_sandbox")]
    [TestCase("context_or_language")]
    [TestCase("client_timeout_interrupts")]
    [TestCase("unknown_language_is_an_error")]
    [CancelAfter(120_000)]
    public async Task The_sdk_works_unmodified(string name, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node", ["e2b.mjs", name])
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["E2B_DEBUG"] = "true";
        start.Environment["E2B_SANDBOX_URL"] = _server.Url.ToString().TrimEnd('/');
        using var node = Process.Start(start)!;
        var output = node.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = node.StandardError.ReadToEndAsync(cancellationToken);
        await node.WaitForExitAsync(cancellationToken);

        node.ExitCode.Should().Be(0, "{0}{1}\nserver:\n{2}", await output, await errors, _server.Output);
    }
}
