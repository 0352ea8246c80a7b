using System.Net;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Cells;
using KernelGateway.Soak.Gateways;

namespace KernelGateway.Soak.Clients;

/// <summary>A client of <c>/execute</c> and <c>/executions/{id}/events</c>, well-behaved or not.</summary>
internal sealed class HttpActor(string name, SoakState state, ContextPool pool, ServerContexts contexts)
    : Actor(name, state, TimeSpan.FromMilliseconds(60))
{
    private const string Surface = "HTTP";
    private const int MaxPauses = 15;

    protected override async Task StepAsync()
    {
        if (pool.Pick(Random) is not { } context) return;
        if (Chance(0.01))
        {
            await AbandonAsync(context);
            return;
        }

        var cell = CellPicker.Pick(context.Kind, Random, State.NextToken());
        if (cell.NeedsStop && Chance(0.3)) cell = cell with { Timeout = TimeSpan.FromSeconds(0.2 + Random.NextDouble()) };
        var manner = PickManner();
        await State.Watch.RunAsync(
            $"{Origin}: {cell.Token} ({cell.Kind}, a reader that is {manner}) in {context}",
            Watch.Execution,
            token => RunAsync(context, cell, manner, token),
            token => contexts.DescribeAsync(context, token));
    }

    private async Task RunAsync(SoakContext context, Cell cell, ReaderManner manner, CancellationToken cancellationToken)
    {
        var leaves = manner == ReaderManner.Leaves;
        var continues = leaves && !cell.NeedsStop && Chance(0.6);
        using var faults = context.Faults.Hold(CellStopper.FaultsOf(cell) | (leaves && !continues ? FaultKind.Stop : FaultKind.None));
        using var exchange = new HttpExchange(contexts, ownsConnection: leaves);
        var entry = State.CreateEntry(cell, context, Surface, Origin);
        var (status, text) = await exchange.ExecuteAsync(cell, context.Id, continues, cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            NoteRefusal(context, status, text);
            return;
        }

        entry.ExecutionId = text;
        State.Book.Enter(entry);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stopping = cell.NeedsStop && cell.Timeout is null ? StopAsync(entry, context, ended.Token) : Task.CompletedTask;
        try
        {
            await ReadAsync(entry, exchange, manner, cancellationToken);
            while (entry.End is null) await ReadAgainAsync(entry, cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await stopping;
        }

        if (entry.Receipt.Problems.Count > 0 || Chance(0.05)) await CompareAsync(entry, cancellationToken);
        State.Book.Close(entry);
    }

    private async Task ReadAsync(ExecutionEntry entry, HttpExchange exchange, ReaderManner manner, CancellationToken cancellationToken)
    {
        if (manner == ReaderManner.Absent)
        {
            State.Tally.Add(Tally.AbsentReaders);
            await Task.Delay(UpTo(2), cancellationToken);
        }

        var pauses = 0;
        var eventsLeft = Random.Next(12);
        if (manner == ReaderManner.Slow) State.Tally.Add(Tally.SlowReaders);
        while (manner != ReaderManner.Leaves || eventsLeft-- > 0)
        {
            if (!await exchange.ReadAsync(entry, State.Findings, cancellationToken)) break;
            if (entry.End is not null && manner != ReaderManner.Leaves) continue;
            if (manner == ReaderManner.Slow && pauses++ < MaxPauses) await Task.Delay(UpTo(0.2), cancellationToken);
        }

        if (manner == ReaderManner.Leaves)
        {
            State.Tally.Add(Tally.Disconnects);
            exchange.Tear(resets: Chance(0.5));
            await Task.Delay(UpTo(0.5), cancellationToken);
        }
        else if (entry.End is null)
        {
            State.Findings.Add("stream", $"the response ended without an end of the execution: {entry}");
        }
    }

    // Reads the events after the last received one until the end has arrived. This connection may also be broken.
    private async Task ReadAgainAsync(ExecutionEntry entry, CancellationToken cancellationToken)
    {
        var leaves = Chance(0.3);
        using var exchange = new HttpExchange(contexts, ownsConnection: leaves);
        State.Tally.Add(Tally.Rereads);
        var status = await exchange.OpenEventsAsync(entry.ExecutionId!, entry.LastSequence, cancellationToken);
        if (status != HttpStatusCode.OK) throw new InvalidOperationException($"The journal of {entry} could not be opened: {(int)status}");
        for (var left = leaves ? Random.Next(1, 20) : int.MaxValue; left > 0; left--)
        {
            if (!await exchange.ReadAsync(entry, State.Findings, cancellationToken)) return;
        }

        State.Tally.Add(Tally.Disconnects);
        exchange.Tear(resets: Chance(0.5));
    }

    // Another reader of the same journal must receive the same events.
    private async Task CompareAsync(ExecutionEntry entry, CancellationToken cancellationToken)
    {
        using var exchange = new HttpExchange(contexts, ownsConnection: false);
        State.Tally.Add(Tally.Rereads);
        if (await exchange.OpenEventsAsync(entry.ExecutionId!, 0, cancellationToken) != HttpStatusCode.OK) return;
        var second = new ExecutionEntry
        {
            Cell = entry.Cell, Origin = entry.Origin, Surface = entry.Surface, KernelName = entry.KernelName, IsReal = entry.IsReal,
            ContextId = entry.ContextId, Faults = entry.Faults, SubmittedAt = entry.SubmittedAt, Receipt = new LineReceipt(entry.Cell.Token),
            ExecutionId = entry.ExecutionId,
        };
        while (await exchange.ReadAsync(second, State.Findings, cancellationToken))
        {
        }

        if (entry.Receipt.Problems.Count > 0 && Verdict.Find(entry).Any())
        {
            State.Findings.Add("lines", $"the first reader got {string.Join(' ', entry.RawLines)}, a second one {string.Join(' ', second.RawLines)}: {entry}");
        }

        if (second.Receipt.Last != entry.Receipt.Last || second.End != entry.End)
        {
            State.Findings.Add(
                "journal", $"a second reader got {second.Receipt.Last} lines and {second.End}, the first {entry.Receipt.Last} and {entry.End}: {entry}");
        }
    }

    private async Task StopAsync(ExecutionEntry entry, SoakContext context, CancellationToken ended)
    {
        var byContext = Chance(0.3);
        await CellStopper.StopAsync(
            UpTo(1),
            token => byContext ? contexts.InterruptAsync(context, token) : contexts.InterruptExecutionAsync(entry.ExecutionId!, token),
            State.Tally,
            ended);
    }

    // The client disconnects before the response. The execution is then unknown, and the context must soon be free again.
    private async Task AbandonAsync(SoakContext context)
    {
        var cell = context.Kind.Cells.Write(Chance(0.3) && context.Kind.Cells.Kinds.Contains(CellKind.Endless) ? CellKind.Endless : CellKind.Lines, State.NextToken(), 3);
        context.Faults.Note(FaultKind.Stop);
        State.Tally.Add(Tally.Abandoned);
        State.Tally.Add(Tally.Disconnects);
        using var abandoned = new CancellationTokenSource(UpTo(0.01));
        using var exchange = new HttpExchange(contexts, ownsConnection: true);
        try
        {
            await exchange.ExecuteAsync(cell, context.Id, continuesWithoutClient: false, abandoned.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException)
        {
            // Intended.
        }

        exchange.Tear(resets: Chance(0.5));
    }

    private void NoteRefusal(SoakContext context, HttpStatusCode status, string text)
    {
        State.Tally.Add(Tally.Refusals);
        var isExpected = status switch
        {
            HttpStatusCode.TooManyRequests => true,
            HttpStatusCode.NotFound => context.Attached is { IsGone: true } || context.Faults.Since(State.Time.GetTimestamp()) != FaultKind.None,
            _ => false,
        };
        if (!isExpected) State.Findings.Add("refusal", $"{Origin}: {(int)status} in {context}: {text}");
    }

    private ReaderManner PickManner() => Random.NextDouble() switch
    {
        < 0.08 => ReaderManner.Leaves,
        < 0.12 => ReaderManner.Slow,
        < 0.16 => ReaderManner.Absent,
        _ => ReaderManner.Prompt,
    };

    private enum ReaderManner
    {
        Prompt,
        Slow,
        Absent,
        Leaves,
    }
}
