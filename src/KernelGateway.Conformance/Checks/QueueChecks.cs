using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Conformance.Checks;

/// <summary>Requests that wait for others, and the effect of an error on them.</summary>
internal static class QueueChecks
{
    public static IEnumerable<Check> All =>
    [
        Check.Create("queue.order", "Order", "Requests of one client are answered in the order they were sent.",
            Sections.RequestReply, OrderAsync),
        LanguageCheck.Create("queue.abort", "An error aborts the queue",
            "When code with stop_on_error true fails, executions that wait are not run.", Sections.Execute,
            Failing, async (context, snippets, token) =>
            {
                var (failed, waiting) = await FailWithQueueAsync(context, snippets, stopOnError: true,
                    MessageTypes.ExecuteRequest, token).ConfigureAwait(false);
                return HasFailed(failed) ?? Verdict.When(
                    !waiting.AllText.Contains("queued", StringComparison.Ordinal) && waiting.Status is "aborted" or "error",
                        waiting.Describe());
            }),
        LanguageCheck.Create("queue.abort-status", "Statuses of the aborted",
            "busy and idle are published for an aborted execution too.", Sections.Status,
            Failing, async (context, snippets, token) =>
            {
                var (failed, waiting) = await FailWithQueueAsync(context, snippets, stopOnError: true,
                    MessageTypes.ExecuteRequest, token).ConfigureAwait(false);
                if (HasFailed(failed) is { } unfit) return unfit;
                if (waiting.Status is not ("aborted" or "error"))
                    return Verdict.NotApplicable($"the execution was not aborted; {waiting.Describe()}");
                return Verdict.When(waiting.IsBusy && waiting.IsIdle, waiting.Describe());
            }),
        LanguageCheck.Create("queue.continue", "stop_on_error false",
            "When code with stop_on_error false fails, executions that wait are run.", Sections.Execute,
            Failing, async (context, snippets, token) =>
            {
                var (failed, waiting) = await FailWithQueueAsync(context, snippets, stopOnError: false,
                    MessageTypes.ExecuteRequest, token).ConfigureAwait(false);
                return HasFailed(failed) ?? Verdict.When(
                    waiting.Status == "ok" && waiting.AllText.Contains("queued", StringComparison.Ordinal), waiting.Describe());
            }),
        LanguageCheck.Create("queue.others", "Only executions are aborted",
            "A request of another kind that waits behind failing code is answered as usual.", Sections.Execute,
            Failing, async (context, snippets, token) =>
            {
                var (failed, waiting) = await FailWithQueueAsync(context, snippets, stopOnError: true,
                    MessageTypes.KernelInfoRequest, token).ConfigureAwait(false);
                return HasFailed(failed)
                    ?? Verdict.When(waiting.Status == "ok" && waiting.Content?["protocol_version"] is not null,
                    waiting.Describe());
            }),
        LanguageCheck.Create("queue.after", "After an error", "Code sent after the failed one has been answered is run.",
            Sections.Execute,
            snippets => snippets.Error is null ? null : snippets, async (context, snippets, token) =>
            {
                var failing = Contents.Execute(snippets.Error!).With("stop_on_error", true);
                await context.ShellAsync(MessageTypes.ExecuteRequest, failing, token).ConfigureAwait(false);
                var next = await context.ExecuteAsync(snippets.Print("afterwards"), token).ConfigureAwait(false);
                return Verdict.When(next.Status == "ok" && next.AllText.Contains("afterwards", StringComparison.Ordinal),
                    next.Describe());
            }),
    ];

    private static LanguageSnippets? Failing(LanguageSnippets snippets) =>
        snippets.Error is null || snippets.LongRunning is null ? null : snippets;

    private static Verdict? HasFailed(Exchange failed) =>
        failed.Status == "error" ? null
            : Verdict.NotApplicable($"the failing code was not reported as failed: status {failed.Status ?? "none"}");

    private static async Task<(Exchange Failed, Exchange Waiting)> FailWithQueueAsync(
        CheckContext context, LanguageSnippets snippets, bool stopOnError, string waitingType,
            CancellationToken cancellationToken)
    {
        // The code takes two seconds before it fails, so that the following requests are waiting by then.
        var failing = await context.StartLongAsync(2, cancellationToken, snippets.Error!, stopOnError).ConfigureAwait(false);
        var content = waitingType == MessageTypes.ExecuteRequest ? Contents.Execute(snippets.Print("queued")) : [];
        var waiting = await context.Probe.SendAsync(KernelChannel.Shell, waitingType, content,
            cancellationToken).ConfigureAwait(false);
        // One more request: a kernel that has received it has the other one in its queue.
        var last = await context.Probe.SendAsync(KernelChannel.Shell, MessageTypes.KernelInfoRequest, [],
            cancellationToken).ConfigureAwait(false);
        await context.EndLongAsync(last.Request.MessageId, cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(failing, cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(waiting, cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(last, cancellationToken).ConfigureAwait(false);
        return (failing, waiting);
    }

    private static async Task<Verdict> OrderAsync(CheckContext context, CancellationToken cancellationToken)
    {
        context.Probe.Log.Clear();
        var exchanges = new List<Exchange>();
        for (var i = 0; i < 10; i++)
        {
            var (type, content) = i % 2 == 0
                ? (MessageTypes.KernelInfoRequest, new Newtonsoft.Json.Linq.JObject())
                : (MessageTypes.ExecuteRequest, Contents.Execute(""));
            exchanges.Add(await context.Probe.SendAsync(KernelChannel.Shell, type, content,
                cancellationToken).ConfigureAwait(false));
        }

        foreach (var exchange in exchanges) await context.CompleteAsync(exchange, cancellationToken).ConfigureAwait(false);
        var sent = exchanges.Select(one => one.Request.MessageId).ToList();
        var answered = context.Probe.Log.All.Where(one => one.Channel == KernelChannel.Shell).Select(one =>
            one.Message?.ParentMessageId).ToList();
        return Verdict.When(answered.SequenceEqual(sent),
            $"{answered.Count} replies to {sent.Count} requests{(answered.SequenceEqual(sent) ? ", in order" : "")}");
    }
}
