using System.Diagnostics;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Notebooks;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

[RequiresKernel]
[SupportedOSPlatform("linux")]
public class NotebookCommandTests
{
    private const int TestTimeout = 120_000;

    private static readonly Dictionary<string, string> NoEnvironment = [];

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-notebook-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Outputs_and_progress_are_shown(CancellationToken cancellationToken)
    {
        Write("in.ipynb", "print('a')", "", "6 * 7");
        var before = await File.ReadAllBytesAsync(PathOf("in.ipynb"), cancellationToken);
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb");

        var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(0, error);
        output.Should().Be("a\n42\n");
        error.Should().Be("kernel-gateway: cell 1 of 2\nkernel-gateway: cell 2 of 2\nkernel-gateway: 2 of 2 cells run\n");
        (await File.ReadAllBytesAsync(PathOf("in.ipynb"), cancellationToken)).Should().Equal(before, "the input file is not changed");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_is_written_in_place_through_a_link_with_its_mode_kept(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(PathOf("elsewhere"));
        Write("elsewhere/real.ipynb", "print('☃')", "import os; os.path.basename(os.getcwd())");
        File.SetUnixFileMode(PathOf("elsewhere/real.ipynb"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(PathOf("link.ipynb"), "elsewhere/real.ipynb");
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "link.ipynb", "-o", "link.ipynb");

        var (exitCode, output, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(0, error);
        output.Should().BeEmpty();
        error.Should().EndWith("written\nkernel-gateway: 2 of 2 cells run\n");
        new FileInfo(PathOf("link.ipynb")).LinkTarget.Should().Be("elsewhere/real.ipynb");
        File.GetUnixFileMode(PathOf("elsewhere/real.ipynb")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Directory.GetFiles(PathOf("elsewhere")).Should().ContainSingle("the temporary file is removed");
        var notebook = await ReadAsync("elsewhere/real.ipynb", cancellationToken);
        notebook.Cells[0].Outputs[0]["text"]!.Value<string>().Should().Be("☃\n");
        notebook.Cells[1].Outputs[0]["data"]!["text/plain"]!.Value<string>()
            .Should().Be($"'{Path.GetFileName(_directory)}'", "the directory of the notebook is the working directory");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Cell_that_raises_fails_the_command_and_the_outputs_so_far_are_written(CancellationToken cancellationToken)
    {
        Write("in.ipynb", "print('a')", "1/0", "print('never')");
        using var shown = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb");
        using var written = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb", "-o", "out.ipynb");

        var (shownCode, output, shownError) = await shown.WaitAsync(cancellationToken);
        var (writtenCode, _, writtenError) = await written.WaitAsync(cancellationToken);

        shownCode.Should().Be(1);
        output.Should().Be("a\n");
        shownError.Should().Contain("Traceback").And.Contain("the last one failed: ZeroDivisionError: division by zero").And.NotContain("\e[");
        writtenCode.Should().Be(1);
        writtenError.Should().NotContain("Traceback").And.Contain("2 of 3 cells run");
        (await ReadAsync("out.ipynb", cancellationToken)).Cells.Select(cell => cell.Outputs.Count).Should().Equal(1, 1, 0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Errors_that_are_allowed_are_no_failure(CancellationToken cancellationToken)
    {
        Write("in.ipynb", "1/0", "print('on')");
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb", "--allow-errors", "-o", "out.ipynb", "--kernel", "python3");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(0, error);
        var notebook = await ReadAsync("out.ipynb", cancellationToken);
        notebook.Cells.Select(cell => (string?)cell.Outputs[0]["output_type"]).Should().Equal("error", "stream");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_replaces_a_missing_one_is_named(CancellationToken cancellationToken)
    {
        var notebook = new JObject
        {
            ["cells"] = new JArray(new JObject { ["cell_type"] = "code", ["source"] = "1" }),
            ["metadata"] = new JObject { ["kernelspec"] = new JObject { ["name"] = "my-env", ["display_name"] = "Mine", ["language"] = "python" } },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        await File.WriteAllTextAsync(PathOf("in.ipynb"), notebook.ToString(), cancellationToken);
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(0, error);
        error.Should().Contain("'my-env' is not installed; it is run in 'python3'");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_is_that_of_a_cell_and_has_an_exit_code_of_its_own(CancellationToken cancellationToken)
    {
        Write("in.ipynb", "print('a')", "import time\ntime.sleep(1000)", "print('never')");
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb", "--timeout", "2", "-o", "out.ipynb");

        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(124, error);
        (await ReadAsync("out.ipynb", cancellationToken)).Cells[1].Outputs.Should().ContainSingle().Which["ename"]!.Value<string>().Should().Be("KeyboardInterrupt");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Signal_interrupts_the_cell_and_the_outputs_so_far_are_written(CancellationToken cancellationToken)
    {
        Write("in.ipynb", "print('a')", "open('begun', 'w').close()\nimport time\ntime.sleep(1000)", "print('never')");
        using var begun = new FileSystemWatcher(_directory, "begun");
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        begun.Created += (_, _) => seen.TrySetResult();
        begun.EnableRaisingEvents = true;
        using var run = CommandRun.Start(_directory, NoEnvironment, "run", "in.ipynb", "-o", "out.ipynb");

        await seen.Task.WaitAsync(cancellationToken);
        using var kill = Process.Start("kill", ["-TERM", $"{run.ProcessId}"]);
        var (exitCode, _, error) = await run.WaitAsync(cancellationToken);

        exitCode.Should().Be(130, error);
        var notebook = await ReadAsync("out.ipynb", cancellationToken);
        notebook.Cells.Select(cell => cell.Outputs.Count).Should().Equal(1, 1, 0);
        notebook.Cells[1].Outputs[0]["ename"]!.Value<string>().Should().Be("KeyboardInterrupt");
    }

    [TestCase("Installed:", "in.ipynb", "--kernel", "no-such-kernel")]
    [TestCase("absent.ipynb", "absent.ipynb")]
    [TestCase("cells[0].cell_type", "broken.ipynb")]
    [TestCase("no directory for 'nowhere/out.ipynb'", "in.ipynb", "-o", "nowhere/out.ipynb")]
    [TestCase("is a directory", "in.ipynb", "-o", ".")]
    [TestCase("for notebooks", "script.py", "-o", "out.ipynb")]
    [TestCase("for notebooks", "script.py", "--allow-errors")]
    [CancelAfter(TestTimeout)]
    public async Task Impossible_command_is_reported_with_exit_code_2(string said, params string[] arguments)
    {
        Write("in.ipynb", "print('a')");
        await File.WriteAllTextAsync(PathOf("broken.ipynb"), """{"nbformat": 4, "cells": [{}]}""");
        using var run = CommandRun.Start(_directory, NoEnvironment, ["run", .. arguments]);

        var (exitCode, _, error) = await run.WaitAsync(TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(2);
        error.Should().Contain(said);
    }

    private string PathOf(string name) => Path.Combine(_directory, name);

    private void Write(string name, params string[] cells) => File.WriteAllText(PathOf(name), new JObject
    {
        ["cells"] = new JArray(cells.Select(source => new JObject { ["cell_type"] = "code", ["source"] = source })),
        ["metadata"] = new JObject(),
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
    }.ToString());

    private async Task<Notebook> ReadAsync(string name, CancellationToken cancellationToken) =>
        Notebook.Parse(await File.ReadAllBytesAsync(PathOf(name), cancellationToken));
}
