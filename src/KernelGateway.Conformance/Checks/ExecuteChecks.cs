using System.Globalization;
using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Running code: reply, input, output, result, error.</summary>
internal static class ExecuteChecks
{
    private const string Astral = "žluťoučký 😀 𝒙";

    public static IEnumerable<Check> All =>
    [
        Surveyed("execute.reply", "Reply", "execute_reply has status ok and an integer execution_count.", Sections.Execute,
            "empty",
            one => one.Status == "ok" && Json.IsInteger(one.Content?["execution_count"]), one => one.Describe()),
        Surveyed("execute.input", "Input is published",
            "execute_input with code and integer execution_count is published for code that is not silent.",
            Sections.CodeInputs, "print", one => one.First(MessageTypes.ExecuteInput) is { } input
                && Json.IsText(input.ContentOf("code"))
                && Json.IsInteger(input.ContentOf("execution_count")), one => Show(one.First(MessageTypes.ExecuteInput))),
        Surveyed("execute.input-code", "Input is the code", "execute_input repeats the code as it was sent.", Sections.CodeInputs,
            "print",
            one => (string?)one.First(MessageTypes.ExecuteInput)?.ContentOf("code") == (string?)Json.TryRead(one.Request.RawContent)!["code"],
            one => Show(one.First(MessageTypes.ExecuteInput))),
        Surveyed("execute.input-first", "Input comes before output", "execute_input comes before anything the code publishes.",
            Sections.CodeInputs, "print",
            one => one.Published.FirstOrDefault(two => two.Type != MessageTypes.Status)?.Type == MessageTypes.ExecuteInput,
            one => string.Join(", ", one.Published.Select(two => two.Type))),
        Surveyed("execute.count-agrees", "One count", "execute_input and execute_reply have the same execution_count.",
            Sections.ExecutionCounter, "print",
            one => one.Content?["execution_count"] is { } count
                && JToken.DeepEquals(count, one.First(MessageTypes.ExecuteInput)?.ContentOf("execution_count")),
            one => $"reply {Json.Show(one.Content?["execution_count"])}, input {Json.Show(one.First(MessageTypes.ExecuteInput)?.ContentOf("execution_count"))}"),
        Check.Create("execute.count-increments", "The count goes up by one",
            "Each execution that is stored in history increments the counter by one.",
            Sections.ExecutionCounter, CountAsync),
        Surveyed("execute.stdout", "Standard output", "What code prints is published as stream stdout.", Sections.Streams,
            "print",
            one => one.Text("stdout").Contains("seen", StringComparison.Ordinal), Outputs),
        Surveyed("execute.stderr", "Standard error", "What code prints to standard error is published as stream stderr.",
            Sections.Streams, "stderr",
            one => one.Text("stderr").Contains("seen", StringComparison.Ordinal), Outputs),
        Check.Create("execute.stream-form", "Form of streams", "stream has name, stdout or stderr, and text.", Sections.Streams,
            async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            return Verdict.ForEach([.. survey.Sightings.Where(one => one.Type == MessageTypes.Stream)], one =>
                (string?)one.ContentOf("name") is "stdout" or "stderr" && Json.IsText(one.ContentOf("text")) ? null : Show(one),
                    "stream messages");
        }),
        Surveyed("execute.result", "Result", "The value of the code is published once, as execute_result.",
            Sections.ExecutionResults, "value",
            one => one.OfType(MessageTypes.ExecuteResult).Count == 1, Outputs),
        Surveyed("execute.result-form", "Form of the result",
            "execute_result has data, metadata and the execution_count of the execution.",
            Sections.ExecutionResults, "value",
            one => one.First(MessageTypes.ExecuteResult) is { } result && result.ContentOf("data") is JObject { Count: > 0 }
                && result.ContentOf("metadata") is JObject
                    && JToken.DeepEquals(result.ContentOf("execution_count"), one.Content?["execution_count"]),
            one => Show(one.First(MessageTypes.ExecuteResult)), MessageTypes.ExecuteResult),
        Surveyed("execute.result-text", "Result as text", "The data of a result has text/plain, and it is the value.",
            Sections.Display, "value",
            one => (one.First(MessageTypes.ExecuteResult)?.ContentOf("data") as JObject)?["text/plain"] is JValue { Value: string text }
                && text.Contains("42", StringComparison.Ordinal),
            one => Show(one.First(MessageTypes.ExecuteResult)), MessageTypes.ExecuteResult),
        Surveyed("execute.error-reply", "Reply of failed code",
            "The reply of failed code has status error, ename, evalue, traceback (a list of text) and execution_count.",
            Sections.Execute, "error", one => one.Status == "error" && IsError(one.Content!)
                && Json.IsInteger(one.Content!["execution_count"]),
            one => one.Describe()),
        Surveyed("execute.error-output", "Error is published",
            "Failed code publishes error with ename, evalue and traceback, a list of text.",
            Sections.Errors, "error", one => one.First(MessageTypes.Error)?.Message is { } error
                && IsError(Json.TryRead(error.RawContent) ?? []),
            one => one.First(MessageTypes.Error) is { } error ? Show(error) : $"no error; {Outputs(one)}"),
        Surveyed("execute.error-agrees", "Error and reply agree", "error has the content of the error reply.", Sections.Errors,
            "error",
            one => JToken.DeepEquals(one.First(MessageTypes.Error)?.ContentOf("ename"), one.Content?["ename"])
                && JToken.DeepEquals(one.First(MessageTypes.Error)?.ContentOf("evalue"), one.Content?["evalue"]),
            one => $"ename {Json.Show(one.First(MessageTypes.Error)?.ContentOf("ename"))} and {Json.Show(one.Content?["ename"])}",
                MessageTypes.Error),
        LanguageCheck.Create("execute.state", "State is kept", "What one execution defines, the next one finds.", Sections.Execute,
            snippets => snippets.Define is null || snippets.ReadBack is null ? null : snippets, StateAsync),
        LanguageCheck.Create("execute.user-expressions", "User expressions",
            "user_expressions are evaluated after the code; each gives status ok and data.",
            Sections.Execute, snippets => snippets.Expression is null ? null : snippets, ExpressionAsync),
        LanguageCheck.Create("execute.bad-expression", "Failing user expression",
            "A failing expression gives status error in its place; reply and other expressions are ok.",
            Sections.Execute, snippets => snippets.Expression is null || snippets.BadExpression is null ? null : snippets,
                BadExpressionAsync),
        Check.Create("execute.defaults", "Defaults",
            "silent, store_history, user_expressions, allow_stdin and stop_on_error have defaults: code alone is run.",
            Sections.Execute, async (context, token) =>
            {
                var exchange = await context.ShellAsync(MessageTypes.ExecuteRequest, new JObject { ["code"] = "" },
                    token).ConfigureAwait(false);
                return Verdict.When(exchange.Status == "ok", exchange.Describe());
            }, isDestructive: true),
        LanguageCheck.Create("execute.unicode", "Unicode",
            "Code and output are Unicode text, characters outside the Basic Multilingual Plane included.",
            Sections.Wire, snippets => snippets, async (context, snippets, token) =>
            {
                var exchange = await context.ExecuteAsync(snippets.Print(Astral), token).ConfigureAwait(false);
                return Verdict.When(exchange.AllText.Contains(Astral, StringComparison.Ordinal), Outputs(exchange));
            }),
        Check.Create("execute.payload", "Payload", "payload, when there, is a list of objects with a source.", Sections.Execute,
            async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            var payloads = survey.Exchanges.Values.Select(one => one.Content?["payload"]).OfType<JToken>().ToList();
            return Verdict.ForEach(payloads, one => one is JArray items
                && items.All(item => item is JObject page && Json.IsText(page["source"])) ? null : Json.Show(one), "payloads");
        }),
    ];

    internal static string Outputs(Exchange exchange)
    {
        var outputs = exchange.Published.Where(one =>
            one.Type is not (MessageTypes.Status or MessageTypes.ExecuteInput)).Take(4).Select(Show).ToList();
        return outputs.Count == 0 ? $"no output; {exchange.Describe()}" : string.Join(" | ", outputs);
    }

    internal static string Show(Sighting? one) =>
        one?.Message is null ? "not seen" : $"{one.Type} {Json.Show(Json.TryRead(one.Message.RawContent))}";

    internal static bool IsError(JObject content) =>
        Json.IsText(content["ename"]) && Json.IsText(content["evalue"]) && Json.IsTextList(content["traceback"]);

    internal static long? Count(Exchange exchange) => exchange.Content?["execution_count"] is JValue { Value: long count } ? count
        : null;

    private static Check Surveyed(
        string id, string name, string requirement, string section, string exchange, Func<Exchange, bool> holds, Func<Exchange,
            string> show,
        string? needs = null) =>
        Check.Create(id, name, requirement, section, async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            if (survey[exchange] is not { } one)
            {
                return Verdict.NotApplicable(context.Snippets is null
                    ? $"no code is known for the language '{context.Language}'"
                        : "the language has no code for it that is known here");
            }

            // Its absence is the business of another check.
            if (needs is not null && one.First(needs) is null) return Verdict.NotApplicable($"there was no {needs} to look at");
            return Verdict.When(holds(one), show(one));
        });

    private static async Task<Verdict> CountAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // Some kernels do not count an empty cell; all kernels count code that can be run.
        var code = context.Snippets?.Print("count") ?? "1";
        var first = Count(await context.ExecuteAsync(code, cancellationToken).ConfigureAwait(false));
        var second = Count(await context.ExecuteAsync(code, cancellationToken).ConfigureAwait(false));
        return Verdict.When(second == first + 1 && first is not null,
            $"{Number(first)}, then {Number(second)}");
    }

    private static string Number(long? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static async Task<Verdict> StateAsync(CheckContext context, LanguageSnippets snippets,
        CancellationToken cancellationToken)
    {
        await context.ExecuteAsync(snippets.Define!, cancellationToken).ConfigureAwait(false);
        var read = await context.ExecuteAsync(snippets.ReadBack!, cancellationToken).ConfigureAwait(false);
        return Verdict.When(read.AllText.Contains("42", StringComparison.Ordinal), Outputs(read));
    }

    private static async Task<Verdict> ExpressionAsync(CheckContext context, LanguageSnippets snippets,
        CancellationToken cancellationToken)
    {
        var content = Contents.Execute("").With("user_expressions", new JObject { ["answer"] = snippets.Expression });
        var exchange = await context.ShellAsync(MessageTypes.ExecuteRequest, content, cancellationToken).ConfigureAwait(false);
        var answer = (exchange.Content?["user_expressions"] as JObject)?["answer"];
        return Verdict.When(
            answer is JObject value && (string?)value["status"] == "ok"
                && Json.Show(value["data"]).Contains(snippets.ValueText, StringComparison.Ordinal),
            $"user_expressions: {Json.Show(exchange.Content?["user_expressions"])}");
    }

    private static async Task<Verdict> BadExpressionAsync(CheckContext context, LanguageSnippets snippets,
        CancellationToken cancellationToken)
    {
        var content = Contents.Execute("").With(
            "user_expressions", new JObject { ["bad"] = snippets.BadExpression, ["good"] = snippets.Expression });
        var exchange = await context.ShellAsync(MessageTypes.ExecuteRequest, content, cancellationToken).ConfigureAwait(false);
        if (exchange.Content?["user_expressions"] is not JObject { Count: > 0 } values)
            return Verdict.NotApplicable("user_expressions are not evaluated");
        return Verdict.When(
            exchange.Status == "ok" && values["bad"] is JObject bad && (string?)bad["status"] == "error" && IsError(bad)
                && (string?)(values["good"] as JObject)?["status"] == "ok",
            $"status {exchange.Status}, user_expressions: {Json.Show(values)}");
    }
}
