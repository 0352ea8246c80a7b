using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.WebSockets;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Cells;
using KernelGateway.Soak.Gateways;

namespace KernelGateway.Soak.Clients;

/// <summary>A Jupyter client over the WebSocket that sometimes loses its connection and reconnects to its session.</summary>
internal sealed class ChannelActor(string name, SoakState state, ContextPool pool, ServerContexts contexts)
    : Actor(name, state, TimeSpan.FromMilliseconds(60))
{
    private const string Surface = "WebSocket";
    private const int MaxRounds = 5;
    private const int MaxAtOnce = 3;
    private const double LeaveRate = 0.015;

    // A client receives the output of all clients of the kernel. If it paused at one message in a hundred, a flood would take minutes.
    private const int MaxPauses = 15;

    protected override async Task StepAsync()
    {
        if (pool.Pick(Random) is not { Kind.PublishesBehindIdle: false } context) return;
        var session = new Session(MessageFactory.StartSession("soak"), Chance(0.5) ? KernelWebSocketProtocol.V1 : null, Chance(0.5));
        try
        {
            for (var rounds = Random.Next(1, MaxRounds + 1); rounds > 0; rounds--)
            {
                var inbox = new ChannelInbox(session.SendsLastMessageId, State.Tally, State.Findings);
                var isLeft = await State.Watch.RunAsync(
                    $"{Origin}: a round in {context}",
                    Watch.Execution,
                    token => RunRoundAsync(context, session, inbox, token),
                    async token => $"{inbox.Describe()}; {await contexts.DescribeAsync(context, token)}");
                if (!isLeft) return;
            }

            if (session.Link is { } link && Chance(0.7)) await State.Watch.RunAsync($"{Origin}: closing", Watch.Operation, link.CloseAsync);
        }
        finally
        {
            session.Link?.Dispose();
        }
    }

    // Returns false when the kernel no longer exists.
    private async Task<bool> RunRoundAsync(SoakContext context, Session session, ChannelInbox inbox, CancellationToken cancellationToken)
    {
        session.Pauses = 0;
        if (session.Link is null && !await ConnectAsync(context, session, cancellationToken)) return false;
        var cells = Enumerable.Range(0, Random.Next(1, MaxAtOnce + 1)).Select(_ => PickCell(context)).ToList();
        using var faults = context.Faults.Hold(cells.Aggregate(FaultKind.None, (sum, cell) => sum | CellStopper.FaultsOf(cell)));
        var entries = new List<ExecutionEntry>();
        foreach (var cell in cells)
        {
            if (await SendAsync(context, session, inbox, cell, cancellationToken) is { } entry) entries.Add(entry);
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stopping = cells.Any(cell => cell.NeedsStop)
            ? CellStopper.StopAsync(UpTo(1), token => contexts.InterruptKernelAsync(context.Id, token), State.Tally, ended.Token)
            : Task.CompletedTask;
        var isThere = true;
        try
        {
            while (isThere && !inbox.IsDone) isThere = await ReceiveAsync(context, session, inbox, cancellationToken);
        }
        finally
        {
            await ended.CancelAsync();
            await stopping;
        }

        foreach (var entry in entries) State.Book.Close(entry);
        return isThere;
    }

    // When a kernel loses a reply or an idle status, no WebSocket client sees an end. Such cells are therefore not run here.
    private Cell PickCell(SoakContext context) =>
        CellPicker.Pick(context.Kind, Random, State.NextToken(), CellKind.LosesIdle, CellKind.LosesReply);

    private async Task<ExecutionEntry?> SendAsync(
        SoakContext context, Session session, ChannelInbox inbox, Cell cell, CancellationToken cancellationToken)
    {
        var entry = State.CreateEntry(cell, context, Surface, Origin);
        var request = session.Messages.Create(new ExecuteRequest { Code = cell.Code, StopOnError = false });
        entry.ExecutionId = request.MessageId;
        try
        {
            await session.Link!.SendAsync(request, cancellationToken);
        }
        catch (System.Net.WebSockets.WebSocketException)
        {
            // The delivery of the request is unknown, so no answer is expected.
            State.Tally.Add(Tally.Abandoned);
            return null;
        }

        inbox.Expect(request.MessageId, entry);
        State.Book.Enter(entry);
        return entry;
    }

    private async Task<bool> ReceiveAsync(SoakContext context, Session session, ChannelInbox inbox, CancellationToken cancellationToken)
    {
        if (session.Link is { } link)
        {
            if (session.Pauses < MaxPauses && Chance(0.01))
            {
                session.Pauses++;
                State.Tally.Add(Tally.SlowReaders);
                await Task.Delay(UpTo(0.5), cancellationToken);
            }

            var message = Chance(LeaveRate) ? null : await link.ReceiveAsync(cancellationToken);
            if (message is not null)
            {
                inbox.Take(message);
                if (message.Id.Length > 0) session.LastMessageId = message.Id;
                return true;
            }

            // The client disconnects, or the server closed the connection because the client was too slow or the kernel ended.
            State.Tally.Add(Tally.Disconnects);
            link.Abort();
            link.Dispose();
            session.Link = null;
            await Task.Delay(Chance(0.2) ? UpTo(2) : UpTo(0.1), cancellationToken);
        }

        if (await ConnectAsync(context, session, cancellationToken)) return true;
        inbox.EndPending(new EndNote(EndNote.Removed, false, "The kernel is gone."));
        return false;
    }

    private async Task<bool> ConnectAsync(SoakContext context, Session session, CancellationToken cancellationToken)
    {
        var last = session.SendsLastMessageId ? session.LastMessageId : null;
        session.Link = await ChannelLink.ConnectAsync(
            contexts, context.Id, session.SubProtocol, session.Messages.SessionId, last, cancellationToken);
        if (session.Link is not null) return true;
        if (context.Attached is not { IsGone: true } && (context.Faults.Since(State.Time.GetTimestamp()) & (FaultKind.Removal | FaultKind.Kill)) == 0)
        {
            State.Findings.Add("refusal", $"{Origin}: 404 for the channels of {context}, which was not removed");
        }

        return false;
    }

    private sealed class Session(MessageFactory messages, string? subProtocol, bool sendsLastMessageId)
    {
        public MessageFactory Messages { get; } = messages;

        public string? SubProtocol { get; } = subProtocol;

        public bool SendsLastMessageId { get; } = sendsLastMessageId;

        public string? LastMessageId { get; set; }

        public ChannelLink? Link { get; set; }

        /// <summary>Gets or sets the number of pauses in this round.</summary>
        public int Pauses { get; set; }
    }
}
