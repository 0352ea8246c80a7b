using KernelGateway.Conformance.Probing;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Conformance.Checks;

/// <summary>The socket that returns received messages.</summary>
internal static class HeartbeatChecks
{
    public static IEnumerable<Check> All =>
    [
        Check.Create("heartbeat.echo", "Echo", "The heartbeat socket returns what was sent.", Sections.Heartbeat,
            async (context, token) =>
        {
            var heartbeat = context.Probe.OpenHeartbeat();
            await using (heartbeat.ConfigureAwait(false))
                return await BeatAsync(context, heartbeat, "ping"u8.ToArray(), token).ConfigureAwait(false);
        }),
        Check.Create("heartbeat.bytes", "Any bytes", "Whatever the bytes are, they return unchanged.", Sections.Heartbeat,
            async (context, token) =>
        {
            var heartbeat = context.Probe.OpenHeartbeat();
            var bytes = Enumerable.Range(0, 1024).Select(i => (byte)i).ToArray();
            await using (heartbeat.ConfigureAwait(false))
                return await BeatAsync(context, heartbeat, bytes, token).ConfigureAwait(false);
        }),
        Check.Create("heartbeat.repeated", "Again and again", "Every beat on a connection is returned.", Sections.Heartbeat,
            async (context, token) =>
        {
            var heartbeat = context.Probe.OpenHeartbeat();
            await using (heartbeat.ConfigureAwait(false))
            {
                for (var i = 0; i < 20; i++)
                {
                    var verdict = await BeatAsync(context, heartbeat, [(byte)i], token).ConfigureAwait(false);
                    if (verdict.Outcome != CheckOutcome.Pass) return Verdict.Fail($"beat {i + 1}: {verdict.Seen}");
                }

                return Verdict.Pass("20 beats");
            }
        }),
        LanguageCheck.Create("heartbeat.busy", "While code runs", "The heartbeat is returned while code runs.", Sections.Heartbeat,
            snippets => snippets.LongRunning,
            async (context, _, token) =>
            {
                var running = await context.StartLongAsync(3, token).ConfigureAwait(false);
                var heartbeat = context.Probe.OpenHeartbeat();
                Verdict verdict;
                await using (heartbeat.ConfigureAwait(false)) verdict = await BeatAsync(context, heartbeat, "busy"u8.ToArray(),
                    token).ConfigureAwait(false);
                var isTooLate = running.Reply is not null;
                await context.EndLongAsync(running.Request.MessageId, token).ConfigureAwait(false);
                await context.CompleteAsync(running, token).ConfigureAwait(false);
                return isTooLate && verdict.Outcome == CheckOutcome.Pass ? Verdict.Fail("returned only when the code had ended")
                    : verdict;
            }),
    ];

    private static async Task<Verdict> BeatAsync(CheckContext context, RequestSocket heartbeat, byte[] bytes,
        CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(context.Options.Timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await heartbeat.SendAsync([bytes], either.Token).ConfigureAwait(false);
            using var answer = await heartbeat.ReceiveAsync(either.Token).ConfigureAwait(false);
            return Verdict.When(answer.Count == 1 && answer[0].Span.SequenceEqual(bytes),
                $"{bytes.Length} bytes sent, {answer.Sum(frame => frame.Length)} returned");
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Verdict.Fail($"no answer in {context.Options.Timeout.TotalSeconds:0} s");
        }
    }
}
