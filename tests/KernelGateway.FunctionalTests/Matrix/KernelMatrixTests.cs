using System.Globalization;
using System.Text;
using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages.Shell;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>Every feature on every kernel. One context serves all tests of a kernel, because some kernels take seconds to start.</summary>
[RequiresKernel]
[TestFixtureSource(typeof(MatrixKernelSource), nameof(MatrixKernelSource.Fixtures))]
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one context for all cases
[Parallelizable(ParallelScope.Self)]           // one case at a time, because they share it
public sealed class KernelMatrixTests : KernelMatrix
{
    private const int Limit = 240_000;         // milliseconds; for machines that run six other kernels at the same time

    public KernelMatrixTests(string kernel, MatrixTransport transport)
        : base(kernel, transport)
    {
    }

    [Test, Order(1), CancelAfter(Limit)]
    public void Start_and_ready(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Context.Kernel.State.Should().Be(KernelState.Ready);
        Context.Kernel.Info!.ProtocolVersion.Should().StartWith("5.");
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Stdout(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.PrintOut, cancellationToken);

        execution.End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && end.IsComplete);
        Out(execution).Trim().Should().Be("out");
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Stderr(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.PrintErr, cancellationToken);

        WhyAbsent = Kernel.StderrAbsence;
        (WhyAbsent is null ? Err(execution) : Out(execution)).Should().Contain("err");
        if (WhyAbsent is not null) Err(execution).Should().BeEmpty();
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Value_of_the_last_expression(CancellationToken cancellationToken)
    {
        var execution = await RunAsync("6*7", cancellationToken);

        var shown = Kernel.Value switch
        {
            Shown.Result => execution.Text,
            Shown.Display => execution.Results.Single(result => !result.IsMainResult).Text,
            _ => Out(execution),
        };
        shown.Should().Contain(Kernel.ValueText).And.NotContain("\u001b", "text has no colours");
        if (Kernel.Value == Shown.Stdout) execution.Results.Should().BeEmpty();
        if (Kernel.Value != Shown.Result) WhyAbsent = $"shown as {Kernel.Value.ToString().ToLowerInvariant()}, no execute_result";
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Rich_display(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.Rich ?? Kernel.RichAbsence!.Code, cancellationToken);

        WhyAbsent = Kernel.RichAbsence?.Why;
        if (WhyAbsent is null) execution.Results.Should().Contain(result => result.Html != null);
        else execution.Results.Should().BeEmpty();
        if (Kernel.Name == "m2") await RunAsync("--%mode = default", cancellationToken);
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task Error(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.Fail, cancellationToken);

        WhyAbsent = Kernel.ErrorAbsence;
        execution.End.Reason.Should().Be(WhyAbsent is null ? ExecutionEndReason.Error : ExecutionEndReason.Completed, Describe(execution));
        (execution.Error is not null).Should().Be(WhyAbsent is null);
        (Out(execution) + Err(execution) + execution.Error?.Value).Should().Contain("boom");
    }

    [Test, Order(2), CancelAfter(Limit)]
    public async Task State_is_kept(CancellationToken cancellationToken)
    {
        await RunAsync(Kernel.State.Set, cancellationToken);

        (await IsKeptAsync(cancellationToken)).Should().BeTrue();
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Queue_runs_in_order_past_an_error(CancellationToken cancellationToken)
    {
        var all = new[] { Kernel.PrintOut, Kernel.Fail, Kernel.PrintOut, Kernel.State.Print }.Select(code => Context.Submit(code)).ToList();

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
        var execution = await Context.RunAsync(
            Kernel.Ask,
            callbacks: new ExecutionCallbacks
            {
                OnInput = (request, _) =>
                {
                    asked++;
                    return Task.FromResult(request.Prompt.Contains("name?", StringComparison.Ordinal) ? "Ada" : "?");
                },
            },
            cancellationToken: cancellationToken);

        WhyAbsent = Kernel.StdinAbsence;
        asked.Should().Be(WhyAbsent is null ? 1 : 0);
        if (WhyAbsent is null) Out(execution).Should().Contain("got Ada");
        else Out(execution).Should().NotContain("Ada");
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Stdin_that_nobody_answers_blocks_nothing(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.Ask, cancellationToken);

        execution.End.Reason.Should().BeOneOf(ExecutionEndReason.Completed, ExecutionEndReason.Error);
        (await execution.GetResultAsync(cancellationToken)).End!.IsStatePreserved.Should().BeTrue();
        Out(execution).Should().NotContain("Ada");
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Complete(CancellationToken cancellationToken)
    {
        var (beginning, name) = Kernel.Complete;
        var reply = await Context.Kernel.Client.CompleteAsync(
            new CompleteRequest { Code = beginning, CursorPosition = beginning.Length }, cancellationToken);

        WhyAbsent = Kernel.CompleteAbsence;
        if (WhyAbsent is null) reply.Matches.Should().Contain(match => match.StartsWith(name, StringComparison.Ordinal));
        else reply.Matches.Should().BeEmpty();
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Inspect(CancellationToken cancellationToken)
    {
        var reply = await Context.Kernel.Client.InspectAsync(
            new InspectRequest { Code = Kernel.Inspect, CursorPosition = Kernel.Inspect.Length }, cancellationToken);

        WhyAbsent = Kernel.InspectAbsence;
        reply.IsFound.Should().Be(WhyAbsent is null);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task History(CancellationToken cancellationToken)
    {
        WhyAbsent = Kernel.HistoryAbsence;
        var history = async () => (await Context.Kernel.Client.GetHistoryAsync(new HistoryRequest { Count = 50 }, cancellationToken)).History;

        if (Kernel.Name == "tslab") await history.Should().ThrowAsync<KernelRequestException>();
        else if (WhyAbsent is not null) (await history()).Where(entry => entry.Line is not null).Should().BeEmpty();
        else (await history()).Should().Contain(entry => entry.Input == Kernel.PrintOut);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Is_complete(CancellationToken cancellationToken)
    {
        WhyAbsent = Kernel.IsCompleteAbsence;
        var client = Context.Kernel.Client;
        var whole = await client.IsCompleteAsync(new IsCompleteRequest { Code = Kernel.PrintOut }, cancellationToken);
        var part = await client.IsCompleteAsync(new IsCompleteRequest { Code = Kernel.Incomplete }, cancellationToken);

        var isTold = whole.Status == CompletenessStatus.Complete && part.Status == CompletenessStatus.Incomplete;
        isTold.Should().Be(WhyAbsent is null, "the kernel said {0} and {1}", whole.Status, part.Status);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Variables_of_the_context(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.PrintBytes.Replace("KGVAR", "KGCONTEXT", StringComparison.Ordinal), cancellationToken);

        Out(execution).Should().Contain(Kernel.Bytes(Encoding.UTF8.GetBytes(Awkward)), Describe(execution));
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Variables_of_one_execution(CancellationToken cancellationToken)
    {
        var value = "only now: " + Awkward;
        var options = new ExecutionOptions { EnvironmentVariables = new Dictionary<string, string> { ["KGVAR"] = value, ["KGNEW"] = value } };
        WhyAbsent = Kernel.ExecutionVariablesAbsence;
        if (WhyAbsent is not null)
        {
            FluentActions.Invoking(() => Context.Submit(Kernel.PrintBytes, options)).Should().Throw<ArgumentException>();
            return;
        }

        var during = await Context.RunAsync(Kernel.PrintBytes, options, cancellationToken: cancellationToken);
        await Context.RunAsync(Kernel.Fail, options, cancellationToken: cancellationToken);
        var after = await RunAsync(Kernel.PrintBytes, cancellationToken);
        var unset = await RunAsync(Kernel.Unset.Code.Replace("KGVAR", "KGNEW", StringComparison.Ordinal), cancellationToken);

        Out(during).Should().Contain(Kernel.Bytes(Encoding.UTF8.GetBytes(value)), Describe(during));
        Out(after).Should().Contain(Kernel.Bytes(Encoding.UTF8.GetBytes(Awkward))).And.NotContain(Kernel.Bytes(Encoding.UTF8.GetBytes(value)), Describe(after));
        Out(unset).Should().Contain(Kernel.Unset.Text);
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Variables_of_all_kernels_replaced_while_it_runs(CancellationToken cancellationToken)
    {
        var printBytes = Kernel.PrintBytes.Replace("KGVAR", "KGSHARED", StringComparison.Ordinal);
        var value = "for all: " + Awkward;
        Gateway.Variables.Replace(new Dictionary<string, string> { ["KGSHARED"] = value, ["KGVAR"] = value });
        var replaced = await RunAsync(printBytes, cancellationToken);
        var own = await RunAsync(Kernel.PrintBytes, cancellationToken);
        Gateway.Variables.Replace([]);
        var removed = await RunAsync(Kernel.Unset.Code.Replace("KGVAR", "KGSHARED", StringComparison.Ordinal), cancellationToken);

        WhyAbsent = Kernel.ExecutionVariablesAbsence;
        var bytes = Kernel.Bytes(Encoding.UTF8.GetBytes(value));
        if (WhyAbsent is null) Out(replaced).Should().Contain(bytes, Describe(replaced));
        else Out(replaced).Should().NotContain(bytes);
        Out(own).Should().Contain(Kernel.Bytes(Encoding.UTF8.GetBytes(Awkward)))
            .And.NotContain(bytes, "those of the context count before them");
        Out(removed).Should().Contain(Kernel.Unset.Text, Describe(removed));
    }

    [Test, Order(3), CancelAfter(Limit)]
    public async Task Working_directory(CancellationToken cancellationToken)
    {
        var execution = await RunAsync(Kernel.PrintDirectory, cancellationToken);

        WhyAbsent = Kernel.DirectoryAbsence;
        Context.WorkingDirectory.Should().Be(WorkingDirectory.FullName);
        Out(execution).Contains(WorkingDirectory.FullName, StringComparison.Ordinal).Should().Be(WhyAbsent is null, Describe(execution));
    }

    [Test, Order(4), CancelAfter(Limit)]
    public async Task Interrupt_keeps_the_state(CancellationToken cancellationToken)
    {
        await RunAsync(Kernel.State.Set, cancellationToken);
        var execution = await StartEndlessAsync(cancellationToken);
        var behind = Context.Submit(Kernel.PrintOut);

        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();

        WhyAbsent = Kernel.InterruptAbsence;
        var end = await execution.Ended;
        end.Reason.Should().Be(ExecutionEndReason.Interrupted);
        end.IsStatePreserved.Should().Be(WhyAbsent is null);
        var next = await behind.WaitAsync(cancellationToken);
        Out(next).Should().Contain("out", "the interrupt does not affect the next cell: {0}", Describe(next));
        (await IsKeptAsync(cancellationToken)).Should().Be(WhyAbsent is null);
    }

    [Test, Order(5), CancelAfter(Limit)]
    public async Task Restart(CancellationToken cancellationToken)
    {
        await RunAsync(Kernel.State.Set, cancellationToken);
        var before = Context.Kernel.ProcessId;
        var running = await StartEndlessAsync(cancellationToken);

        await Context.RestartAsync(cancellationToken);

        (await running.Ended).Reason.Should().Be(ExecutionEndReason.Restarted);
        Context.Kernel.ProcessId.Should().NotBe(before);
        (await IsKeptAsync(cancellationToken)).Should().BeFalse();
        Out(await RunAsync(Kernel.PrintOut, cancellationToken)).Should().Contain("out");
    }

    [Test, Order(6), CancelAfter(Limit)]
    public async Task Kill_9_is_survived_by_the_context(CancellationToken cancellationToken)
    {
        var running = await StartEndlessAsync(cancellationToken);
        var behind = Context.Submit(Kernel.PrintOut);

        System.Diagnostics.Process.GetProcessById(Context.Kernel.ProcessId!.Value).Kill();

        var end = await running.Ended;
        end.Reason.Should().Be(ExecutionEndReason.KernelDied);
        end.Signal.Should().Be(9);
        Out(await behind.WaitAsync(cancellationToken)).Should().Contain("out", "the queued code runs on the new process");
    }

    [Test, Order(7), CancelAfter(Limit)]
    public async Task Shutdown_leaves_no_process(CancellationToken cancellationToken)
    {
        var process = Context.Kernel.ProcessId!.Value;

        await Gateway.Contexts.RemoveAsync(Context.Id).WaitAsync(cancellationToken);

        Directory.Exists($"/proc/{process.ToString(CultureInfo.InvariantCulture)}").Should().BeFalse();
    }

    [Test, Order(8), CancelAfter(Limit)]
    public void Nothing_is_left_in_the_working_directory(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WorkingDirectory.GetFileSystemInfos().Select(entry => entry.Name).Should().BeEmpty("killed, restarted and shut down kernels leave no files");
    }
}
