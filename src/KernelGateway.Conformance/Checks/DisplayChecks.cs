using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Displays, their updates, and clearing.</summary>
internal static class DisplayChecks
{
    public static IEnumerable<Check> All =>
    [
        Displayed("display.data", "Display", "display_data has data and metadata, objects.", Sections.Display, exchange =>
            exchange.First(MessageTypes.DisplayData) is { } display && Text(display) == "first"
                && display.ContentOf("metadata") is JObject),
        Displayed("display.id", "Display id", "A display with an id carries it in transient.display_id.", Sections.Display,
            exchange =>
            Json.IsText(Id(exchange.First(MessageTypes.DisplayData)))),
        Displayed("display.update", "Update", "An update is published as update_display_data with the same display id.",
            Sections.UpdateDisplay, exchange =>
            exchange.First(MessageTypes.UpdateDisplayData) is { } update && Text(update) == "second"
                && JToken.DeepEquals(Id(update), Id(exchange.First(MessageTypes.DisplayData)))),
        LanguageCheck.Create("display.clear", "Clear output", "clear_output has wait, true or false.", Sections.ClearOutput,
            snippets => snippets.Clear,
            async (context, code, token) =>
            {
                var exchange = await context.ExecuteAsync(code, token).ConfigureAwait(false);
                return Verdict.When(exchange.First(MessageTypes.ClearOutput)?.ContentOf("wait") is JValue { Value: true },
                    ExecuteChecks.Outputs(exchange));
            }),
        Check.Create("display.mime", "MIME bundles", "Values are text, or JSON for JSON types; text/plain is text.", Sections.Display,
            async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            var bundles = survey.Sightings.Where(one => one.Type is MessageTypes.DisplayData or MessageTypes.ExecuteResult)
                .Select(one => one.ContentOf("data")).ToList();
            return Verdict.ForEach(bundles, data => data is JObject values && values.Properties().All(value =>
                value.Name.EndsWith("json", StringComparison.Ordinal) || Json.IsText(value.Value) || Json.IsTextList(value.Value))
                    ? null : Json.Show(data), "MIME bundles");
        }),
    ];

    private static string? Text(Sighting one) => (one.ContentOf("data") as JObject)?["text/plain"] is { } text
        && Json.IsText(text) ? (string?)text : null;

    private static JToken? Id(Sighting? one) => (one?.ContentOf("transient") as JObject)?["display_id"];

    private static Check Displayed(string id, string name, string requirement, string section, Func<Exchange, bool> holds) =>
        LanguageCheck.Create(id, name, requirement, section, snippets => snippets.DisplayAndUpdate, async (context, code, token) =>
        {
            var exchange = await context.ExecuteAsync(code, token).ConfigureAwait(false);
            return Verdict.When(holds(exchange), ExecuteChecks.Outputs(exchange));
        });
}
