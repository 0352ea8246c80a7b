using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Matrix;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Notebooks;
using KernelGateway.Testing.Fixtures;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Notebooks;

/// <summary>Notebooks that are run with real kernels and checked by Jupyter's own library.</summary>
/// <remarks>The library runs in a separate kernel. The tests are skipped when the interpreter of that kernel has no <c>nbformat</c>.</remarks>
public sealed class JudgedNotebookTests() : PythonCells("nbformat")
{
    private const int TestTimeout = 120_000;

    // All output types of a kernel: streams, rich values, images, updates, clearing, tracebacks with colours.
    private static readonly string[] Cells =
    [
        "import sys\nprint('a'); print('b')\nprint('e', file=sys.stderr)",
        "x = [1, 2]; x",
        "list(range(1005))",
        "from IPython.display import display, clear_output, HTML, JSON, Markdown\ndisplay(HTML('<b>b</b>'), Markdown('*m*'), JSON({'a': [None, 1.5, '☃']}))",
        "for i in range(3):\n    clear_output(wait=True)\n    print(i)",
        "handle = display('first', display_id='d')\nprint('x')",
        "handle.update('second')",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()",
        "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
        "%%capture shown\nprint('hidden')",
        "def fail():\n    raise ValueError('no \\x1b[31mred\\x1b[0m')\nfail()",
        "from time import sleep\nname = input('? ')",
        "import os; os.path.basename(os.getcwd())",
        "'\\ud83d'",
    ];

    private string _directory = null!;

    [OneTimeSetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("kernel-gateway-notebooks-").FullName;

    [OneTimeTearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Outputs_are_those_that_jupyters_own_runner_writes(CancellationToken cancellationToken)
    {
        var (given, mine, theirs) = (PathOf("given"), PathOf("mine"), PathOf("theirs"));
        Save(NewNotebook(Cells), given);
        var notebook = Notebook.Parse(await File.ReadAllBytesAsync(given, cancellationToken));

        var run = await RunNotebookAsync(notebook, new() { AllowErrors = true }, cancellationToken);
        Save(notebook, mine);

        run.IsComplete.Should().BeTrue();
        await ValidateAsync(mine, cancellationToken);
        notebook.Metadata["language_info"]!["name"]!.Value<string>().Should().Be("python");

        // In a separate process, because nbclient needs its own event loop.
        var script = $"""
            import nbformat, sys
            from nbclient import NotebookClient
            notebook = nbformat.read({given.Quoted()}, as_version=4)
            NotebookClient(notebook, allow_errors=True, kernel_name="python3", record_timing=False, resources={"{"}"metadata": {"{"}"path": {_directory.Quoted()}{"}"}{"}"}).execute()
            nbformat.write(notebook, {theirs.Quoted()})
            """;
        var ran = await RunOneAsync(
            "import importlib.util, subprocess, sys\n"
            + "-1 if importlib.util.find_spec('nbclient') is None else "
            + $"subprocess.run([sys.executable, '-c', {script.Quoted()}], capture_output=True, text=True, timeout=100).returncode",
            cancellationToken);
        if (ran.Text == "-1") Assert.Ignore("The Python package nbclient is not installed.");
        ran.Text.Should().Be("0");
        foreach (var (my, their) in notebook.Cells.Zip(Notebook.Parse(await File.ReadAllBytesAsync(theirs, cancellationToken)).Cells))
        {
            JToken.DeepEquals(Joined(my.Json), Joined(their.Json)).Should().BeTrue("the cell\n{0}\nshould be\n{1}\nand is\n{2}", my.Source, their.Json, my.Json);
        }
    }

    [TestCase(0)]
    [TestCase(4)]
    [TestCase(5)]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_of_each_minor_format_comes_back_valid(int minor)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        var notebook = NewNotebook("print('a')", "", "1/0", "print('never')");
        notebook.Json["nbformat_minor"] = minor;
        var path = PathOf($"minor-{minor}");

        var run = await RunNotebookAsync(notebook, new() { RecordTiming = minor == 5 }, cancellationToken);
        Save(notebook, path);

        run.Failure!.Error.Name.Should().Be("ZeroDivisionError");
        run.Failure.Cell.Index.Should().Be(2);
        await ValidateAsync(path, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Killed_kernel_leaves_a_valid_notebook_with_the_reason(CancellationToken cancellationToken)
    {
        var notebook = NewNotebook("print('a')", "import os, signal\nprint('b', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)", "print('never')");

        var run = await RunNotebookAsync(notebook, new(), cancellationToken);
        Save(notebook, PathOf("killed"));

        run.Reason.Should().Be(ExecutionEndReason.KernelDied);
        run.Failure!.Error.Value.Should().Contain("signal 9");
        notebook.Cells[1].Outputs[^1]["ename"]!.Value<string>().Should().Be("DeadKernelError");
        await ValidateAsync(PathOf("killed"), cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Exported_context_is_a_valid_notebook_without_the_gateways_media_types(CancellationToken cancellationToken)
    {
        await using var python = await PythonGateway.StartAsync(cancellationToken);
        foreach (var cell in Cells) await python.Context.RunAsync(cell, cancellationToken: cancellationToken);

        var notebook = NotebookExporter.Export(python.Context);
        Save(notebook, PathOf("exported"));

        notebook.Cells.Select(cell => cell.Source).Should().Equal(Cells);
        notebook.Cells.Select(cell => cell.ExecutionCount).Should().Equal(Enumerable.Range(1, Cells.Length).Cast<int?>());
        notebook.Cells[5].Outputs[0]["data"]!["text/plain"]!.Value<string>().Should().Be("'second'");
        notebook.Cells[7].Outputs.Should().ContainSingle(output => output["data"]!["image/png"] != null);
        notebook.Json.ToString().Should().NotContain("e2b/");
        await ValidateAsync(PathOf("exported"), cancellationToken);
    }

    [TestCase(5, "same", "same", null, "", "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "good-1")]
    [TestCase(4, "one", "two")]
    [CancelAfter(TestTimeout)]
    public async Task Invalid_ids_are_repaired_in_the_written_notebook(int minor, params string?[] ids)
    {
        var notebook = NewNotebook([.. ids.Select((_, index) => $"{index}")]);
        notebook.Json["nbformat_minor"] = minor;
        foreach (var (cell, id) in notebook.Cells.Zip(ids)) cell.Json["id"] = id;

        var run = await RunNotebookAsync(notebook, new(), TestContext.CurrentContext.CancellationToken);
        Save(notebook, PathOf($"ids-{minor}"));

        run.IsComplete.Should().BeTrue();
        await ValidateAsync(PathOf($"ids-{minor}"), TestContext.CurrentContext.CancellationToken);
    }

    [TestCaseSource(typeof(RecordedConversation), nameof(RecordedConversation.Kernels))]
    [CancelAfter(TestTimeout)]
    public Task Golden_notebook_of_a_recorded_kernel_is_valid(string kernel) => ValidateAsync(
        Repository.PathOf("tests", "KernelGateway.Tests", "Notebooks", "Golden", $"{kernel}.ipynb"), TestContext.CurrentContext.CancellationToken);

    [TestCaseSource(typeof(MatrixKernelSource), nameof(MatrixKernelSource.Cases))]
    [CancelAfter(2 * TestTimeout)]
    public async Task Notebook_of_every_kernel_comes_back_valid_with_its_output(string name)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        var kernel = MatrixKernels.All.Single(one => one.Name == name);
        var notebook = NewNotebook(kernel.PrintOut, "6*7", kernel.Rich ?? "", kernel.Fail, kernel.PrintOut);
        notebook.Metadata["kernelspec"] = new JObject { ["name"] = kernel.KernelSpec, ["display_name"] = "to be told" };
        await using var gateway = await PythonGateway.StartGatewayAsync(
            options =>
            {
                options.Kernels.StartTimeout = TimeSpan.FromMinutes(3);
                options.Launching.PythonInterpreter = "/usr/bin/python3";
            },
            cancellationToken);
        var installed = await gateway.KernelSpecs.ListAsync(cancellationToken);
        if (installed.All(spec => spec.Name != kernel.KernelSpec)) Assert.Ignore("The kernel is not installed; ./test.sh installs it.");

        var run = await NotebookRunner.RunAsync(gateway, notebook, new() { AllowErrors = true }, cancellationToken: cancellationToken);
        Save(notebook, PathOf(name));

        run.IsComplete.Should().BeTrue();
        foreach (var cell in new[] { notebook.Cells[0], notebook.Cells[4] })
        {
            string.Concat(cell.Outputs.Select(output => (string?)output["text"])).Trim().Should().Be("out");
        }

        notebook.Cells[1].Json["outputs"]!.ToString().Should().Contain(kernel.ValueText);
        if (kernel.ErrorAbsence is null) notebook.Cells[3].Outputs.Should().Contain(output => (string?)output["output_type"] == "error");
        notebook.Metadata["kernelspec"]!["display_name"]!.Value<string>().Should().NotBe("to be told");
        await ValidateAsync(PathOf(name), cancellationToken);
    }

    private async Task<NotebookRun> RunNotebookAsync(Notebook notebook, NotebookRunOptions options, CancellationToken cancellationToken)
    {
        await using var gateway = await PythonGateway.StartGatewayAsync(null, cancellationToken);
        var context = new CreateContextOptions { KernelSpecName = "python3", WorkingDirectory = _directory };
        return await NotebookRunner.RunAsync(gateway, notebook, options, context, cancellationToken: cancellationToken);
    }

    // Checks the file with the schema, and with the library as users call it, which reports repairs as warnings.
    private async Task ValidateAsync(string path, CancellationToken cancellationToken)
    {
        var complaints = await RunOneAsync(
            $$"""
            def judge(path):
                import json, nbformat, pathlib, warnings
                from nbformat import validator
                read = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
                complaints = [str(error) for error in validator.iter_validate(read, version=4, version_minor=read["nbformat_minor"])]
                with warnings.catch_warnings(record=True) as seen:
                    warnings.simplefilter("always")
                    nbformat.validate(nbformat.read(path, as_version=4))
                return complaints + [str(warning.message) for warning in seen if "nbformat" in str(warning.filename)]
            judge({{path.Quoted()}})
            """,
            cancellationToken);

        complaints.Text.Should().Be("[]");
    }

    private string PathOf(string name) => Path.Combine(_directory, $"{name}.ipynb");

    private static Notebook NewNotebook(params string[] cells) => Notebook.Parse(new JObject
    {
        ["cells"] = new JArray(cells.Select(source => new JObject
        {
            ["cell_type"] = "code", ["execution_count"] = null, ["metadata"] = new JObject(), ["outputs"] = new JArray(), ["source"] = source,
        })),
        ["metadata"] = new JObject(),
        ["nbformat"] = 4,
        ["nbformat_minor"] = 4,
    });

    private static void Save(Notebook notebook, string path)
    {
        using var file = File.Create(path);
        notebook.WriteTo(file);
    }

    // The format allows text as a string or as a list of lines, so the comparison treats both alike.
    private static JToken Joined(JToken token) => token switch
    {
        JObject json => new JObject(json.Properties().Where(property => property.Name != "id").OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => new JProperty(
                property.Name,
                property.Name is not "traceback" && property.Value is JArray lines && lines.Count > 0 && lines.All(line => line.Type == JTokenType.String)
                    ? string.Concat(lines.Select(line => (string?)line))
                    : Joined(property.Value)))),
        JArray list => new JArray(list.Select(Joined)),
        _ => token.DeepClone(),
    };
}
