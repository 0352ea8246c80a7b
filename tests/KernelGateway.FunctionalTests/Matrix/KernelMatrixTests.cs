using System.Globalization;
using System.Text;
using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages.Shell;
using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>Every feature on every kernel. One context serves all tests of a kernel: some need seconds to start.</summary>
[RequiresKernel]
[TestFixtureSource(typeof(MatrixKernelSource))]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one context for all cases
[Parallelizable(ParallelScope.Self)]           // one case at a time, because they share it
public sealed class KernelMatrixTests
{
    private const string Awkward = "it's \"quoted\" \\ $HOME `id` %s\nzweite Zeile: zażółć 日本語 🙂";
    private const int Limit = 240_000;         // for machines that are busy with six other kernels

    private readonly MatrixKernel _kernel;
    private DirectoryInfo _directory = null!;
    private Gateway _gateway = null!;
    private CodeContext _context = null!;
    private string? _absence;

    public KernelMatrixTests(string kernel) => _kernel = MatrixKernels.All.Single(one => one.Name == kernel);

    [OneTimeSetUp]
    public async Task StartTheKernel()
    {
        _directory = Directory.CreateTempSubdirectory("matrix é ");
        _gateway = await Gateway.StartAsync(new KernelGatewayOptions
        {
            Kernels = { StartTimeout = TimeSpan.FromMinutes(3), RequestTimeout = TimeSpan.FromMinutes(1) },

            // The kernelspec of Debian's octave kernel says python, which Debian does not have and others mean theirs by.
            Launching = { PythonInterpreter = "/usr/bin/python3" },
        });
        try
        {
            _context = await _gateway.Contexts.CreateAsync(new CreateContextOptions
            {
                KernelSpecName = _kernel.KernelSpec,
                WorkingDirectory = _directory.FullName,
                EnvironmentVariables = new Dictionary<string, string> { ["KGCONTEXT"] = Awkward, ["KGVAR"] = Awkward },
            });
        }
        catch (KernelSpecNotFoundException exception)
        {
            Assert.Ignore($"The kernel is not installed; ./test.sh installs it. {exception.Message}");
        }
    }

    [OneTimeTearDown]
    public async Task EndTheKernel()
    {
        await _gateway.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [SetUp]
    public void Forget() => _absence = null;

    [TearDown]
    public void Note()
    {
        var test = TestContext.CurrentContext;
        MatrixTable.Note(_kernel.Name, test.Test.MethodName!.Replace('_', ' '), test.Result.Outcome.Status switch
        {
            TestStatus.Passed => _absence ?? "yes",
            TestStatus.Skipped => "skipped",
            _ => "FAILED",
        });
    }

    [Test, Order(1), CancelAfter(Limit)]
    public void Start_and_ready(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _context.Kernel.State.Should().Be(KernelState.Ready);
        _context.Kernel.Info!.ProtocolVersion.Should().StartWith("5.");
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Stdout(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.PrintOut, cancellationToken);

        execution.End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && end.IsComplete);
        Out(execution).Trim().Should().Be("out");
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Stderr(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.PrintErr, cancellationToken);

        _absence = _kernel.StderrAbsence;
        (_absence is null ? Err(execution) : Out(execution)).Should().Contain("err");
        if (_absence is not null) Err(execution).Should().BeEmpty();
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Value_of_the_last_expression(CancellationToken cancellationToken)
    {
        var execution = await RunAsync("6*7", cancellationToken);

        var shown = _kernel.Value switch
        {
            Shown.Result => execution.Text,
            Shown.Display => execution.Results.Single(result => !result.IsMainResult).Text,
            _ => Out(execution),
        };
        shown.Should().Contain(_kernel.ValueText).And.NotContain("\u001b", "text comes without colours");
        if (_kernel.Value == Shown.Stdout) execution.Results.Should().BeEmpty();
        if (_kernel.Value != Shown.Result) _absence = $"shown as {_kernel.Value.ToString().ToLowerInvariant()}, no execute_result";
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Rich_display(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.Rich ?? _kernel.RichAbsence!.Code, cancellationToken);

        _absence = _kernel.RichAbsence?.Why;
        if (_absence is null) execution.Results.Should().Contain(result => result.Html != null);
        else execution.Results.Should().BeEmpty();
        if (_kernel.Name == "m2") await RunAsync("--%mode = default", cancellationToken);
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Error(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.Fail, cancellationToken);

        _absence = _kernel.ErrorAbsence;
        execution.End.Reason.Should().Be(_absence is null ? ExecutionEndReason.Error : ExecutionEndReason.Completed, Describe(execution));
        (execution.Error is not null).Should().Be(_absence is null);
        (Out(execution) + Err(execution) + execution.Error?.Value).Should().Contain("boom");
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task State_is_kept(CancellationToken cancellationToken)
    {
        await RunAsync(_kernel.State.Set, cancellationToken);

        (await IsKeptAsync(cancellationToken)).Should().BeTrue();
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Queue_runs_in_order_past_an_error(CancellationToken cancellationToken)
    {
        var all = new[] { _kernel.PrintOut, _kernel.Fail, _kernel.PrintOut, _kernel.State.Print }.Select(code => _context.Submit(code)).ToList();

        foreach (var execution in all) await execution.WaitAsync(cancellationToken);

        Out(all[0]).Should().Contain("out");
        Out(all[2]).Should().Contain("out");
        Out(all[3]).Should().Contain("kept 5");
        all.Select(execution => execution.End.Reason).Where((_, i) => i != 1).Should().AllBeEquivalentTo(ExecutionEndReason.Completed);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Stdin(CancellationToken cancellationToken)
    {
        var asked = 0;
        var execution = await _context.RunAsync(
            _kernel.Ask,
            new ExecutionOptions
            {
                OnInput = (request, _) =>
                {
                    asked++;
                    return Task.FromResult(request.Prompt.Contains("name?", StringComparison.Ordinal) ? "Ada" : "?");
                },
            },
            cancellationToken);

        _absence = _kernel.StdinAbsence;
        asked.Should().Be(_absence is null ? 1 : 0);
        if (_absence is null) Out(execution).Should().Contain("got Ada");
        else Out(execution).Should().NotContain("Ada");
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Stdin_that_nobody_answers_blocks_nothing(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.Ask, cancellationToken);

        execution.End.Reason.Should().BeOneOf(ExecutionEndReason.Completed, ExecutionEndReason.Error);
        (await execution.GetResultAsync(cancellationToken)).End!.IsStatePreserved.Should().BeTrue();
        Out(execution).Should().NotContain("Ada");
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Complete(CancellationToken cancellationToken)
    {
        var (beginning, name) = _kernel.Complete;
        var reply = await _context.Kernel.Client.CompleteAsync(
            new CompleteRequest { Code = beginning, CursorPosition = beginning.Length }, cancellationToken);

        _absence = _kernel.CompleteAbsence;
        if (_absence is null) reply.Matches.Should().Contain(match => match.StartsWith(name, StringComparison.Ordinal));
        else reply.Matches.Should().BeEmpty();
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Inspect(CancellationToken cancellationToken)
    {
        var reply = await _context.Kernel.Client.InspectAsync(
            new InspectRequest { Code = _kernel.Inspect, CursorPosition = _kernel.Inspect.Length }, cancellationToken);

        _absence = _kernel.InspectAbsence;
        reply.IsFound.Should().Be(_absence is null);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task History(CancellationToken cancellationToken)
    {
        _absence = _kernel.HistoryAbsence;
        var history = async () => (await _context.Kernel.Client.GetHistoryAsync(new HistoryRequest { Count = 50 }, cancellationToken)).History;

        if (_kernel.Name == "tslab") await history.Should().ThrowAsync<KernelRequestException>();
        else if (_absence is not null) (await history()).Where(entry => entry.Line is not null).Should().BeEmpty();
        else (await history()).Should().Contain(entry => entry.Input == _kernel.PrintOut);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Is_complete(CancellationToken cancellationToken)
    {
        _absence = _kernel.IsCompleteAbsence;
        var client = _context.Kernel.Client;
        var whole = await client.IsCompleteAsync(new IsCompleteRequest { Code = _kernel.PrintOut }, cancellationToken);
        var part = await client.IsCompleteAsync(new IsCompleteRequest { Code = _kernel.Incomplete }, cancellationToken);

        var isTold = whole.Status == CompletenessStatus.Complete && part.Status == CompletenessStatus.Incomplete;
        isTold.Should().Be(_absence is null, "the kernel said {0} and {1}", whole.Status, part.Status);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Variables_of_the_context(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.PrintOctets.Replace("KGVAR", "KGCONTEXT", StringComparison.Ordinal), cancellationToken);

        Out(execution).Should().Contain(_kernel.Octets(Encoding.UTF8.GetBytes(Awkward)), Describe(execution));
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Variables_of_one_execution(CancellationToken cancellationToken)
    {
        var value = "only now: " + Awkward;
        var options = new ExecutionOptions { EnvironmentVariables = new Dictionary<string, string> { ["KGVAR"] = value, ["KGNEW"] = value } };
        _absence = _kernel.ExecutionVariablesAbsence;
        if (_absence is not null)
        {
            FluentActions.Invoking(() => _context.Submit(_kernel.PrintOctets, options)).Should().Throw<ArgumentException>();
            return;
        }

        var during = await _context.RunAsync(_kernel.PrintOctets, options, cancellationToken);
        await _context.RunAsync(_kernel.Fail, options, cancellationToken);
        var after = await RunAsync(_kernel.PrintOctets, cancellationToken);
        var unset = await RunAsync(_kernel.Unset.Code.Replace("KGVAR", "KGNEW", StringComparison.Ordinal), cancellationToken);

        Out(during).Should().Contain(_kernel.Octets(Encoding.UTF8.GetBytes(value)), Describe(during));
        Out(after).Should().Contain(_kernel.Octets(Encoding.UTF8.GetBytes(Awkward))).And.NotContain(_kernel.Octets(Encoding.UTF8.GetBytes(value)), Describe(after));
        Out(unset).Should().Contain(_kernel.Unset.Text);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Working_directory(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(_kernel.PrintDirectory, cancellationToken);

        _absence = _kernel.DirectoryAbsence;
        _context.WorkingDirectory.Should().Be(_directory.FullName);
        Out(execution).Contains(_directory.FullName, StringComparison.Ordinal).Should().Be(_absence is null, Describe(execution));
    }

    [Test, Order(4), CancelAfter(Limit)]
    public async Task Interrupt_keeps_the_state(CancellationToken cancellationToken)
    {
        await RunAsync(_kernel.State.Set, cancellationToken);
        var execution = await StartEndlessAsync(cancellationToken);
        var behind = _context.Submit(_kernel.PrintOut);

        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();

        _absence = _kernel.InterruptAbsence;
        var end = await execution.Completion;
        end.Reason.Should().Be(ExecutionEndReason.Interrupted);
        end.IsStatePreserved.Should().Be(_absence is null);
        var next = await behind.WaitAsync(cancellationToken);
        Out(next).Should().Contain("out", "the next cell is not touched by it: {0}", Describe(next));
        (await IsKeptAsync(cancellationToken)).Should().Be(_absence is null);
    }

    [Test, Order(5), CancelAfter(Limit)]
    public async Task Restart(CancellationToken cancellationToken)
    {
        await RunAsync(_kernel.State.Set, cancellationToken);
        var before = _context.Kernel.ProcessId;
        var running = await StartEndlessAsync(cancellationToken);

        await _context.RestartAsync(cancellationToken);

        (await running.Completion).Reason.Should().Be(ExecutionEndReason.Restarted);
        _context.Kernel.ProcessId.Should().NotBe(before);
        (await IsKeptAsync(cancellationToken)).Should().BeFalse();
        Out(await RunAsync(_kernel.PrintOut, cancellationToken)).Should().Contain("out");
    }

    [Test, Order(6), CancelAfter(Limit)]
    public async Task Kill_9_is_survived_by_the_context(CancellationToken cancellationToken)
    {
        var running = await StartEndlessAsync(cancellationToken);
        var behind = _context.Submit(_kernel.PrintOut);

        System.Diagnostics.Process.GetProcessById(_context.Kernel.ProcessId!.Value).Kill();

        var end = await running.Completion;
        end.Reason.Should().Be(ExecutionEndReason.KernelDied);
        end.Signal.Should().Be(9);
        Out(await behind.WaitAsync(cancellationToken)).Should().Contain("out", "it runs on the new process");
    }

    [Test, Order(7), CancelAfter(Limit)]
    public async Task Shutdown_leaves_no_process(CancellationToken cancellationToken)
    {
        var process = _context.Kernel.ProcessId!.Value;

        await _gateway.Contexts.RemoveAsync(_context.Id).WaitAsync(cancellationToken);

        Directory.Exists($"/proc/{process.ToString(CultureInfo.InvariantCulture)}").Should().BeFalse();
    }

    [Test, Order(8), CancelAfter(Limit)]
    public void Nothing_is_left_in_the_working_directory(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _directory.GetFileSystemInfos().Select(entry => entry.Name).Should().BeEmpty("its kernels were killed, restarted and shut down");
    }

    private async Task<Execution> StartEndlessAsync(CancellationToken cancellationToken)
    {
        var execution = _context.Submit(_kernel.Endless);
        await foreach (var happened in execution.ReadEventsAsync(0, cancellationToken))
        {
            if (happened is StreamEvent || (happened is StartedEvent && !_kernel.PrintsWhileItRuns)) return execution;
            happened.Should().NotBeOfType<EndEvent>("it does not end by itself");
        }

        throw new InvalidOperationException("Its events ended without an end.");
    }

    private async Task<bool> IsKeptAsync(CancellationToken cancellationToken) =>
        Out(await RunAsync(_kernel.State.Print, cancellationToken)).Contains("kept 5", StringComparison.Ordinal);

    private Task<Execution> RunAsync(string code, CancellationToken cancellationToken) =>
        _context.RunAsync(code, cancellationToken: cancellationToken);

    // Braces would be taken for places of arguments.
    private static string Describe(Execution execution) =>
        $"it ended so: {execution.End} stdout: {Out(execution)} stderr: {Err(execution)} error: {execution.Error}".Replace('{', '(').Replace('}', ')');

    private static string Out(Execution execution) => string.Concat(execution.Logs.Stdout);

    private static string Err(Execution execution) => string.Concat(execution.Logs.Stderr);
}
