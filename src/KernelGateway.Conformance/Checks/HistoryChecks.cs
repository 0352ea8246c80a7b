using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The history of executed code.</summary>
internal static class HistoryChecks
{
    public static IEnumerable<Check> All =>
    [
        Check.Create("history.form", "Form of the reply", "history_reply has status ok and history, a list.", Sections.History,
            async (context, token) =>
        {
            var exchange = (await context.SurveyAsync(token).ConfigureAwait(false))["history"]!;
            return IntrospectionChecks.IsUnanswered(exchange) ? IntrospectionChecks.Unsupported(exchange)
                : Verdict.When(exchange.Status == "ok" && exchange.Content?["history"] is JArray, exchange.Describe());
        }),
        Stored("history.tail", "Tail", "tail gives the last n entries: the code just run is the last.", "history-tail",
            _ => Contents.History("tail", ("n", 2)), (entries, code, _) =>
                entries.Count <= 2 && Input(entries.LastOrDefault()) == code),
        Stored("history.entries", "Entries", "An entry is a list of session (a number), line number (a number) and input (text).",
            "history-entries",
            _ => Contents.History("tail", ("n", 2)), (entries, _, _) =>
                entries.All(entry => entry is JArray { Count: 3 } parts && Json.IsInteger(parts[0]) && Json.IsInteger(parts[1])
                    && Json.IsText(parts[2])),
            needsEntries: true),
        Stored("history.output", "Output", "With output true, the third part of an entry is a list of input and output.",
            "history-output",
            _ => Contents.History("tail", ("n", 2)).With("output", true), (entries, _, _) =>
                entries.All(entry => entry is JArray { Count: 3 } parts && parts[2] is JArray { Count: 2 }), needsEntries: true),
        Stored("history.range", "Range", "range gives the lines from start up to stop of a session, 0 being the present one.",
            "history-range",
            count => Contents.History("range", ("session", 0), ("start", count), ("stop", count + 1)), (entries, code, _) =>
                entries.Count == 1 && Input(entries[0]) == code, needsEntries: true, needsCount: true),
        Stored("history.search", "Search", "search gives the entries that match a glob pattern.", "history-search",
            _ => Contents.History("search", ("n", 5), ("pattern", "*history-search*"), ("unique", false)), (entries, code, _) =>
                entries.Count > 0 && entries.All(entry =>
                    Input(entry)?.Contains("history-search", StringComparison.Ordinal) == true), needsEntries: true),
        Stored("history.search-none", "Search without a match", "search gives nothing when nothing matches.", "history-none",
            _ => Contents.History("search", ("n", 5), ("pattern", "zzqxjkvwpfgh?"), ("unique", false)), (entries, _, _) =>
                entries.Count == 0, needsEntries: true),
        LanguageCheck.Create("history.silent", "Silent code is not stored", "Silent code does not enter the history.",
            Sections.Execute, snippets => snippets,
            SilentAsync),
    ];

    private static string? Input(JToken? entry) =>
        entry is JArray { Count: >= 3 } parts && Json.IsText(parts[2]) ? ((string)parts[2]!).TrimEnd('\n') : null;

    private static List<JToken> Entries(Exchange exchange) => exchange.Content?["history"] is JArray entries ? [.. entries] : [];

    private static Check Stored(
        string id, string name, string requirement, string mark, Func<long, JObject> ask, Func<List<JToken>, string, long,
            bool> holds,
        bool needsEntries = false, bool needsCount = false) =>
        LanguageCheck.Create(id, name, requirement, Sections.History, snippets => snippets, async (context, snippets, token) =>
        {
            var code = snippets.Print(mark);
            var run = await context.ExecuteAsync(code, token).ConfigureAwait(false);
            if (needsEntries)
            {
                var tail = await context.ShellAsync(MessageTypes.HistoryRequest, Contents.History("tail", ("n", 2)),
                    token).ConfigureAwait(false);
                if (Entries(tail).Count == 0) return Verdict.NotApplicable("the kernel gives no history");
            }

            if (needsCount && ExecuteChecks.Count(run) is null) return Verdict.NotApplicable("the kernel does not count");
            var count = ExecuteChecks.Count(run) ?? 0;
            var exchange = await context.ShellAsync(MessageTypes.HistoryRequest, ask(count), token).ConfigureAwait(false);
            return IntrospectionChecks.IsUnanswered(exchange) ? IntrospectionChecks.Unsupported(exchange)
                : Verdict.When(exchange.Status == "ok" && holds(Entries(exchange), code, count), exchange.Describe());
        });

    private static async Task<Verdict> SilentAsync(CheckContext context, LanguageSnippets snippets,
        CancellationToken cancellationToken)
    {
        await context.ExecuteAsync(snippets.Print("history-loud"), cancellationToken).ConfigureAwait(false);
        var silent = Contents.Execute(snippets.Print("history-quiet")).With("silent", true);
        await context.ShellAsync(MessageTypes.ExecuteRequest, silent, cancellationToken).ConfigureAwait(false);
        var tail = await context.ShellAsync(MessageTypes.HistoryRequest, Contents.History("tail", ("n", 5)),
            cancellationToken).ConfigureAwait(false);
        var entries = Entries(tail);
        if (entries.Count == 0) return Verdict.NotApplicable("the kernel gives no history");
        var isStored = entries.Any(entry => Input(entry)?.Contains("history-quiet", StringComparison.Ordinal) == true);
        return Verdict.When(!isStored, isStored ? "the silent code is in the history" : "the silent code is not in the history");
    }
}
