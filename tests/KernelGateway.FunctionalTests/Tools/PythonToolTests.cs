using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.SandboxServices;
using KernelGateway.Tools;
using KernelGateway.Tools.Results;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Tools;

/// <summary>The tools for models on a real ipykernel: images, tables, tracebacks and output as this kernel sends them.</summary>
[RequiresKernel]
public sealed class PythonToolTests
{
    private const int TestTimeout = 120_000;

    [Test]
    [Platform("Linux")]
    [CancelAfter(TestTimeout)]
    public async Task Plot_table_error_and_long_output_are_shaped_for_a_model(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("python-tools-");
        try
        {
            await using var python = await PythonGateway.StartAsync(cancellationToken);
            await using var sandbox = new LocalSandbox();
            await using var tools = new CodeTools(python.Gateway, sandbox.Files, options: new CodeToolsOptions
            {
                Context = new() { Language = "python", WorkingDirectory = directory.FullName },
            });

            var found = await RunAsync("import importlib.util\nall(importlib.util.find_spec(name) for name in ('pandas', 'matplotlib'))");
            if (found.Text != "result:\nTrue") Assert.Ignore("matplotlib or pandas is not installed.");
            var plot = await RunAsync("import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.savefig('plot.png')\nplt.show()");
            var table = await RunAsync("import pandas\npandas.DataFrame({'kind': ['a', 'a', 'b'], 'price': [1, 2, 4]}).groupby('kind').sum()");
            var error = await RunAsync("def half(x):\n    return 1 / x\n\nhalf(0)");
            var flood = await RunAsync("for number in range(100_000): print(number)");
            var image = await tools.All.Single(tool => tool.Name == "read_file")
                .InvokeAsync(new Dictionary<string, object?> { ["path"] = "plot.png" }, cancellationToken);

            plot.Text.Should().MatchRegex(@"^result:\n(\[<matplotlib[^\n]*\n)?\[image 1: image/png, \d+ bytes, <Figure size \S+ with 1 Axes>\]$");
            ToolImage shown = plot.Contents.OfType<ToolImage>().Single();
            shown.Data.ToArray().Should().StartWith([0x89, (byte)'P', (byte)'N', (byte)'G']);
            image.Contents.OfType<ToolImage>().Should().ContainSingle();
            table.Text.Should().Be("result:\n | price\nkind | \na | 3\nb | 4");
            error.Text.Should().StartWith("error:\n").And.Contain("return 1 / x").And.EndWith("ZeroDivisionError: division by zero").And.NotContain("\u001b");
            flood.Text.Should().StartWith("stdout:\n0\n1\n").And.EndWith("\n99999").And.Contain($"The whole is in the file {directory.FullName}/tool-output-");
            flood.Text.Length.Should().BeLessThan(8_300);

            Task<ToolResult> RunAsync(string code) =>
                tools.All[0].InvokeAsync(new Dictionary<string, object?> { ["code"] = code }, cancellationToken);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
