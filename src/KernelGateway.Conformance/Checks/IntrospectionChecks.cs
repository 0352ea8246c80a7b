using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Completion, inspection, and whether code is complete.</summary>
internal static class IntrospectionChecks
{
    private const string Gibberish = "zzqxjkvwpfgh";

    public static IEnumerable<Check> All =>
    [
        Check.Create("complete.form", "Form of the reply",
            "complete_reply has matches (a list of text), cursor_start, cursor_end, metadata and status ok.", Sections.Completion,
            async (context, token) =>
            {
                var exchange = (await context.SurveyAsync(token).ConfigureAwait(false))["complete"]!;
                if (IsUnanswered(exchange)) return Unsupported(exchange);
                var reply = exchange.Content ?? [];
                return Verdict.When(
                    (string?)reply["status"] == "ok" && Json.IsTextList(reply["matches"]) && Json.IsInteger(reply["cursor_start"])
                        && Json.IsInteger(reply["cursor_end"]) && reply["metadata"] is JObject, exchange.Describe());
            }),
        LanguageCheck.Create("complete.match", "Completes", "The beginning of a name is completed to the name.", Sections.Completion,
            Completable,
            async (context, snippets, token) =>
            {
                var exchange = await CompleteAsync(context, snippets.Incomplete!, snippets.Incomplete!.Length,
                    token).ConfigureAwait(false);
                return IsUnanswered(exchange) ? Unsupported(exchange)
                    : Verdict.When(Matches(exchange).Any(match => match.Contains(snippets.Completion!, StringComparison.Ordinal)),
                        exchange.Describe());
            }),
        LanguageCheck.Create("complete.range", "Range", "cursor_start and cursor_end bound the text that a match replaces.",
            Sections.Completion, Completable,
            (context, snippets, token) => RangeAsync(context, snippets.Incomplete!, 0, snippets, token)),
        LanguageCheck.Create("complete.second-line", "Range in a second line",
            "Positions count from the beginning of the whole code.", Sections.Completion, Completable,
            (context, snippets, token) =>
                RangeAsync(context, $"{snippets.Print("one")}\n{snippets.Incomplete}", snippets.Print("one").Length + 1, snippets,
                token)),
        LanguageCheck.Create("complete.code-points", "Positions are code points",
            "cursor_pos, cursor_start and cursor_end count Unicode code points.", Sections.CursorPosition,
            snippets => snippets.AstralPrefix is null ? null : Completable(snippets), (context, snippets, token) =>
            {
                var prefix = snippets.AstralPrefix!;
                return RangeAsync(context, prefix + snippets.Incomplete, CodePoints.FromUtf16Index(prefix, prefix.Length),
                    snippets, token);
            }),
        Check.Create("complete.empty", "Nothing to complete", "Completing empty code gives a reply, if without matches.",
            Sections.Completion, async (context, token) =>
        {
            var exchange = await CompleteAsync(context, "", 0, token).ConfigureAwait(false);
            return IsUnanswered(exchange) && context.Snippets is null ? Unsupported(exchange)
                : Verdict.When(exchange.Status == "ok" && Json.IsTextList(exchange.Content!["matches"]), exchange.Describe());
        }),
        LanguageCheck.Create("inspect.found", "Finds a name",
            "inspect_reply for a known name has found true and data with its description.", Sections.Introspection,
            snippets => snippets.Inspectable, async (context, code, token) =>
            {
                var exchange = await context.ShellAsync(MessageTypes.InspectRequest, Contents.Inspect(code),
                    token).ConfigureAwait(false);
                return IsUnanswered(exchange) ? Unsupported(exchange) : Verdict.When(
                    exchange.Content?["found"] is JValue { Value: true } && exchange.Content["data"] is JObject { Count: > 0 },
                        exchange.Describe());
            }),
        LanguageCheck.Create("inspect.detail", "Detail level", "detail_level 1 is understood.", Sections.Introspection,
            snippets => snippets.Inspectable, async (context, code, token) =>
            {
                var exchange = await context.ShellAsync(MessageTypes.InspectRequest, Contents.Inspect(code, 1),
                    token).ConfigureAwait(false);
                return IsUnanswered(exchange) ? Unsupported(exchange)
                    : Verdict.When(exchange.Status == "ok", exchange.Describe());
            }),
        Check.Create("inspect.not-found", "Does not find nonsense",
            "For a name that does not exist, found is false and status is ok.", Sections.Introspection,
            async (context, token) =>
            {
                var exchange = await context.ShellAsync(MessageTypes.InspectRequest, Contents.Inspect(Gibberish),
                    token).ConfigureAwait(false);
                return IsUnanswered(exchange) ? Unsupported(exchange)
                    : Verdict.When(exchange.Status == "ok" && exchange.Content?["found"] is JValue { Value: false },
                        exchange.Describe());
            }),
        Check.Create("inspect.form", "Form of the reply",
            "inspect_reply has status, found (true or false), data and metadata (objects).", Sections.Introspection,
            async (context, token) =>
            {
                var exchange = (await context.SurveyAsync(token).ConfigureAwait(false))["inspect"]!;
                if (IsUnanswered(exchange)) return Unsupported(exchange);
                var reply = exchange.Content ?? [];
                return Verdict.When(
                    (string?)reply["status"] == "ok" && reply["found"]?.Type == JTokenType.Boolean && reply["data"] is JObject
                        && reply["metadata"] is JObject,
                    exchange.Describe());
            }),
        IsComplete("is_complete.complete", "Complete code", "complete", snippets => snippets.CompleteCode),
        IsComplete("is_complete.incomplete", "Incomplete code", "incomplete", snippets => snippets.IncompleteCode),
        IsComplete("is_complete.invalid", "Invalid code", "invalid", snippets => snippets.InvalidCode),
        LanguageCheck.Create("is_complete.indent", "Indent of the next line", "A reply with status incomplete has indent, text.",
            Sections.Completeness,
            snippets => snippets.IncompleteCode, async (context, code, token) =>
            {
                var exchange = await context.ShellAsync(MessageTypes.IsCompleteRequest, new JObject { ["code"] = code },
                    token).ConfigureAwait(false);
                return exchange.Status != "incomplete"
                    ? Verdict.NotApplicable($"the code was called {exchange.Status ?? "nothing"}")
                    : Verdict.When(Json.IsText(exchange.Content!["indent"]), exchange.Describe());
            }),
        Check.Create("is_complete.values", "Form of the reply",
            "The status of is_complete_reply is complete, incomplete, invalid or unknown.", Sections.Completeness,
            async (context, token) =>
            {
                var exchange = (await context.SurveyAsync(token).ConfigureAwait(false))["is_complete"]!;
                return IsUnanswered(exchange) ? Unsupported(exchange)
                    : Verdict.When(exchange.Status is "complete" or "incomplete" or "invalid" or "unknown", exchange.Describe());
            }),
    ];

    /// <summary>
    /// Returns whether the kernel processed a request without a reply: only two kinds of requests must be answered.
    /// </summary>
    internal static bool IsUnanswered(Exchange exchange) => exchange.Reply is null;

    internal static Verdict Unsupported(Exchange exchange) =>
        Verdict.NotApplicable($"{exchange.Request.MessageType} got no reply; kernels may leave it out");

    private static LanguageSnippets? Completable(LanguageSnippets snippets) =>
        snippets.Incomplete is null || snippets.Completion is null ? null : snippets;

    private static Check IsComplete(string id, string name, string status, Func<LanguageSnippets, string?> pick) =>
        LanguageCheck.Create(id, name, $"{name} is called {status}, or unknown by a kernel that cannot tell.", Sections.Completeness,
            pick,
            async (context, code, token) =>
            {
                var exchange = await context.ShellAsync(MessageTypes.IsCompleteRequest, new JObject { ["code"] = code },
                    token).ConfigureAwait(false);
                if (IsUnanswered(exchange)) return Unsupported(exchange);
                return exchange.Status == "unknown" ? Verdict.NotApplicable("the kernel says it cannot tell")
                    : Verdict.When(exchange.Status == status, exchange.Describe());
            });

    private static Task<Exchange> CompleteAsync(CheckContext context, string code, int cursor,
        CancellationToken cancellationToken) =>
        context.ShellAsync(MessageTypes.CompleteRequest, Contents.At(code, cursor), cancellationToken);

    private static string[] Matches(Exchange exchange) =>
        exchange.Content?["matches"] is JArray matches ? [.. matches.Where(Json.IsText).Select(match => (string)match!)] : [];

    private static async Task<Verdict> RangeAsync(
        CheckContext context, string code, int start, LanguageSnippets snippets, CancellationToken cancellationToken)
    {
        var end = CodePoints.FromUtf16Index(code, code.Length);
        var exchange = await CompleteAsync(context, code, end, cancellationToken).ConfigureAwait(false);
        if (IsUnanswered(exchange)) return Unsupported(exchange);
        var match = Matches(exchange).FirstOrDefault(one => one.Contains(snippets.Completion!, StringComparison.Ordinal));
        if (match is null)
        {
            return start == 0 ? Verdict.NotApplicable("there was no match whose range could be looked at")
                : Verdict.Fail($"'{snippets.Incomplete}' was not completed there; {exchange.Describe()}");
        }

        // A match may replace more than the word, if it includes the rest.
        var (from, to) = ((int?)(exchange.Content!["cursor_start"] as JValue), (int?)(exchange.Content["cursor_end"] as JValue));
        return Verdict.When(
            from <= start && to == end && (from == start || !match.StartsWith(snippets.Completion!, StringComparison.Ordinal)),
            $"{from} to {to}, expected {start} to {end}");
    }
}
