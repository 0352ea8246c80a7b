using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Cells;
using KernelGateway.Soak.Gateways;

namespace KernelGateway.Soak.Clients;

/// <summary>A client that uses the gateway in its own process.</summary>
internal sealed class EmbeddedActor(string name, SoakState state, ContextPool pool) : Actor(name, state, TimeSpan.FromMilliseconds(60))
{
    private const string Surface = "in process";

    protected override async Task StepAsync()
    {
        if (pool.Pick(Random) is not { } context) return;
        var cell = CellPicker.Pick(context.Kind, Random, State.NextToken());
        if (cell.NeedsStop && Chance(0.3)) cell = cell with { Timeout = TimeSpan.FromSeconds(0.2 + Random.NextDouble()) };
        await State.Watch.RunAsync(
            $"{Origin}: {cell.Token} ({cell.Kind}) in {context}",
            Watch.Execution,
            token => RunAsync(context, cell, token),
            _ => Task.FromResult(Describe(context.InProcess!, cell)));
    }

    private async Task RunAsync(SoakContext context, Cell cell, CancellationToken cancellationToken)
    {
        var way = Random.Next(4);
        var leaves = way is 0 or 1 && Chance(0.15);
        using var faults = context.Faults.Hold(CellStopper.FaultsOf(cell) | (leaves ? FaultKind.Stop : FaultKind.None));
        var entry = State.CreateEntry(cell, context, Surface, Origin);
        var options = new ExecutionOptions { Timeout = cell.Timeout };
        try
        {
            // A client disconnects by cancelling the token of the gateway's call. The deadline of the soak cancels only the wait.
            var run = way switch
            {
                0 => StreamAsync(context.InProcess!, entry, options, leaves),
                1 => RunWithCallbacksAsync(context.InProcess!, entry, options, leaves),
                _ => SubmitAsync(context.InProcess!, entry, options, isRead: way == 2),
            };
            await run.WaitAsync(cancellationToken);
        }
        catch (QueueFullException)
        {
            State.Tally.Add(Tally.Refusals);
            return;
        }
        catch (ContextNotFoundException) when ((context.Faults.Since(entry.SubmittedAt) & FaultKind.Removal) != 0)
        {
            State.Tally.Add(Tally.Refusals);
            return;
        }

        State.Book.Close(entry);
    }

    private async Task SubmitAsync(CodeContext context, ExecutionEntry entry, ExecutionOptions options, bool isRead)
    {
        var execution = context.Submit(entry.Cell.Code, options);
        Enter(entry, execution);
        using var ended = new CancellationTokenSource();
        var stopping = StopAsync(entry, execution, ended.Token);
        if (isRead) await ReadAsync(entry, execution);
        await execution.Ended;
        await ended.CancelAsync();
        await stopping;
        await ReadAsync(entry, execution);
    }

    private async Task StreamAsync(CodeContext context, ExecutionEntry entry, ExecutionOptions options, bool leaves)
    {
        Execution? execution = null;
        var events = leaves ? Random.Next(1, 12) : int.MaxValue;
        using var ended = new CancellationTokenSource();
        var stopping = Task.CompletedTask;
        await foreach (var executionEvent in context.StreamAsync(entry.Cell.Code, options, CancellationToken.None))
        {
            if (execution is null)
            {
                execution = Find(context, entry.Cell);
                Enter(entry, execution);
                stopping = StopAsync(entry, execution, ended.Token);
            }

            Apply(entry, executionEvent);
            if (--events > 0) continue;
            State.Tally.Add(Tally.Disconnects);
            break;
        }

        await execution!.Ended;
        await ended.CancelAsync();
        await stopping;
        await ReadAsync(entry, execution);
    }

    private async Task RunWithCallbacksAsync(CodeContext context, ExecutionEntry entry, ExecutionOptions options, bool leaves)
    {
        var callsLeft = leaves && Chance(0.5) ? Random.Next(1, 12) : int.MaxValue;
        var callbacks = new ExecutionCallbacks
        {
            OnEvent = executionEvent => Apply(entry, executionEvent),
            OnStdout = _ =>
            {
                if (--callsLeft > 0) return;
                State.Tally.Add(Tally.ObserverFailures);
                throw new SoakCallbackException();
            },
        };
        using var leaving = new CancellationTokenSource();
        var run = context.RunAsync(entry.Cell.Code, options, callbacks, leaving.Token);
        if (run.IsFaulted) await run;
        var execution = Find(context, entry.Cell);
        Enter(entry, execution);
        using var ended = new CancellationTokenSource();
        var stopping = StopAsync(entry, execution, ended.Token);
        if (leaves && callsLeft == int.MaxValue)
        {
            State.Tally.Add(Tally.Disconnects);
            leaving.CancelAfter(UpTo(0.5));
        }

        try
        {
            await run;
        }
        catch (Exception exception) when (exception is OperationCanceledException or SoakCallbackException && leaves)
        {
            // Intended. The execution is interrupted and ends by itself.
        }

        await execution.Ended;
        await ended.CancelAsync();
        await stopping;
        await ReadAsync(entry, execution);
    }

    // Reads the events after the last one that was received.
    private static async Task ReadAsync(ExecutionEntry entry, Execution execution)
    {
        await foreach (var executionEvent in execution.ReadEventsAsync(entry.LastSequence)) Apply(entry, executionEvent);
    }

    private Task StopAsync(ExecutionEntry entry, Execution execution, CancellationToken ended) =>
        entry.Cell is { NeedsStop: true, Timeout: null }
            ? CellStopper.StopAsync(UpTo(1), token => execution.InterruptAsync(token), State.Tally, ended)
            : Task.CompletedTask;

    private void Enter(ExecutionEntry entry, Execution execution)
    {
        entry.ExecutionId = execution.Id;
        State.Book.Enter(entry);
    }

    private static string Describe(CodeContext context, Cell cell) =>
        $"the kernel is {context.Kernel.State}, execution {context.CurrentExecution?.Id ?? "none"} runs, {context.QueuedExecutions} wait; the cell's is "
        + (context.ListExecutions().LastOrDefault(execution => execution.Code == cell.Code) is { } found ? $"{found.Id}, {found.Status}" : "not there");

    // RunAsync and StreamAsync return the execution at its end, or never when they are cancelled. It is found by its code, which has a unique token.
    private static Execution Find(CodeContext context, Cell cell) => context.ListExecutions().Last(execution => execution.Code == cell.Code);

    private static void Apply(ExecutionEntry entry, ExecutionEvent executionEvent)
    {
        var isNext = executionEvent.Sequence == entry.LastSequence + 1;
        if (!isNext) throw new InvalidOperationException($"Event {executionEvent.Sequence} came behind event {entry.LastSequence}: {entry}");
        entry.LastSequence = executionEvent.Sequence;
        switch (executionEvent)
        {
            case StreamEvent { IsStderr: false } stream:
                entry.Receipt.Add(stream.Text);
                break;
            case EndEvent { End: var end }:
                entry.NoteEnd(new EndNote(ExecutionEnd.WireName(end.Reason), end.IsComplete, end.Message));
                break;
        }
    }

    private sealed class SoakCallbackException() : Exception("The callback of the soak throws now and then.");
}
