using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>silent and store_history.</summary>
internal static class SilentChecks
{
    public static IEnumerable<Check> All =>
    [
        LanguageCheck.Create("silent.reply", "Silent code is answered", "Silent code is run and answered with status ok.",
            Sections.Execute,
            snippets => snippets.Value, async (context, code, token) =>
            {
                var exchange = await SilentAsync(context, code, token).ConfigureAwait(false);
                return Verdict.When(exchange.Status == "ok", exchange.Describe());
            }),
        LanguageCheck.Create("silent.no-input", "No input when silent", "Silent code publishes no execute_input.", Sections.Execute,
            snippets => snippets.Value, async (context, code, token) =>
            {
                var exchange = await SilentAsync(context, code, token).ConfigureAwait(false);
                return Verdict.When(exchange.First(MessageTypes.ExecuteInput) is null, Types(exchange));
            }),
        LanguageCheck.Create("silent.no-result", "No result when silent", "Silent code publishes no execute_result.",
            Sections.Execute,
            snippets => snippets.Value, async (context, code, token) =>
            {
                var exchange = await SilentAsync(context, code, token).ConfigureAwait(false);
                return Verdict.When(exchange.First(MessageTypes.ExecuteResult) is null, Types(exchange));
            }),
        LanguageCheck.Create("silent.count", "Silent code is not counted",
            "silent forces store_history to be false: the counter stays.", Sections.ExecutionCounter,
            snippets => snippets, (context, snippets, token) => CountAsync(
                context, snippets, Contents.Execute(snippets.Print("quiet")).With("silent", true), token)),
        LanguageCheck.Create("silent.store-history", "Code that is not stored is not counted",
            "With store_history false the counter stays.", Sections.ExecutionCounter,
            snippets => snippets, (context, snippets, token) => CountAsync(
                context, snippets, Contents.Execute(snippets.Print("unstored")).With("store_history", false), token)),
        LanguageCheck.Create("silent.state", "Silent code has effects", "What silent code defines, later code finds.",
            Sections.Execute,
            snippets => snippets.Define is null || snippets.ReadBack is null ? null : snippets,
                async (context, snippets, token) =>
            {
                await SilentAsync(context, snippets.Define!, token).ConfigureAwait(false);
                var read = await context.ExecuteAsync(snippets.ReadBack!, token).ConfigureAwait(false);
                return Verdict.When(read.AllText.Contains("42", StringComparison.Ordinal), ExecuteChecks.Outputs(read));
            }),
    ];

    private static string Types(Exchange exchange) =>
        $"published: {string.Join(", ", exchange.Published.Select(one => one.State ?? one.Type))}";

    private static Task<Exchange> SilentAsync(CheckContext context, string code, CancellationToken cancellationToken) =>
        context.ShellAsync(MessageTypes.ExecuteRequest, Contents.Execute(code).With("silent", true).With("store_history", false),
            cancellationToken);

    private static async Task<Verdict> CountAsync(
        CheckContext context, LanguageSnippets snippets, JObject uncounted, CancellationToken cancellationToken)
    {
        var before = ExecuteChecks.Count(await context.ExecuteAsync(snippets.Print("before"),
            cancellationToken).ConfigureAwait(false));
        await context.ShellAsync(MessageTypes.ExecuteRequest, uncounted, cancellationToken).ConfigureAwait(false);
        var after = ExecuteChecks.Count(await context.ExecuteAsync(snippets.Print("after"),
            cancellationToken).ConfigureAwait(false));
        return before is null || after is null
            ? Verdict.NotApplicable("the kernel does not count")
            : Verdict.When(after == before + 1, $"{before} before and {after} after");
    }
}
