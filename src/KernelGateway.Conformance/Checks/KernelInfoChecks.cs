using System.Text.RegularExpressions;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The kernel's description of itself.</summary>
internal static partial class KernelInfoChecks
{
    public static IEnumerable<Check> All =>
    [
        Field("info.status", "Status", "The reply has the status ok.", info => (info["status"] as JValue)?.Value is "ok",
            "status"),
        Field("info.protocol-version", "Protocol version", "protocol_version is text of the form X.Y or X.Y.Z.",
            info => info["protocol_version"] is JValue { Value: string version } && VersionPattern().IsMatch(version),
                "protocol_version"),
        Field("info.implementation", "Implementation", "implementation is text.", info => Json.IsText(info["implementation"]),
            "implementation"),
        Field("info.implementation-version", "Implementation version", "implementation_version is text.",
            info => Json.IsText(info["implementation_version"]), "implementation_version"),
        Field("info.banner", "Banner", "banner is text.", info => Json.IsText(info["banner"]), "banner"),
        Field("info.language-info", "Language", "language_info has name, version, mimetype and file_extension, as text.",
            info => info["language_info"] is JObject language
                && ((string[])["name", "version", "mimetype", "file_extension"]).All(name => Json.IsText(language[name])),
            "language_info"),
        Check.Create("info.file-extension", "File extension", "file_extension includes the dot.", Sections.KernelInfo,
            async (context, token) =>
        {
            var extension = ((await InfoAsync(context,
                token).ConfigureAwait(false))["language_info"] as JObject)?["file_extension"];
            return extension is null ? Verdict.NotApplicable("there is no file_extension")
                : Verdict.When(extension is JValue { Value: string { Length: > 1 } text } && text[0] == '.',
                    Json.Show(extension));
        }),
        Optional("info.help-links", "Help links", "help_links is a list of objects with text and url.", "help_links",
            links => links is JArray items
                && items.All(item => item is JObject link && Json.IsText(link["text"]) && Json.IsText(link["url"]))),
        Optional("info.supported-features", "Supported features", "supported_features is a list of text.", "supported_features",
            Json.IsTextList),
        Optional("info.debugger", "Debugger", "debugger is true or false.", "debugger", token =>
            token.Type == JTokenType.Boolean),
        Check.Create("info.unknown-fields", "Unknown content fields", "Content fields that a receiver does not know are ignored.",
            Sections.Compatibility, async (context, token) =>
        {
            var exchange = await context.ShellAsync(MessageTypes.KernelInfoRequest,
                new JObject { ["conformance"] = new JArray(1, "two") }, token).ConfigureAwait(false);
            return Verdict.When(exchange.Reply is not null, exchange.Reply is null ? exchange.Describe() : "answered as without");
        }),
        Check.Create("info.repeatable", "Same answer twice", "Asked twice, the kernel says the same.", Sections.KernelInfo,
            async (context, token) =>
        {
            var first = await InfoAsync(context, token).ConfigureAwait(false);
            var second = await context.ShellAsync(MessageTypes.KernelInfoRequest, [], token).ConfigureAwait(false);
            return second.Content is null ? Verdict.Fail(second.Describe())
                : Verdict.When(JToken.DeepEquals(first, second.Content), JToken.DeepEquals(first, second.Content) ? "equal"
                    : "two different contents");
        }),
    ];

    private static async Task<JObject> InfoAsync(CheckContext context, CancellationToken cancellationToken) =>
        (await context.SurveyAsync(cancellationToken).ConfigureAwait(false))["kernel_info"]?.Content ?? [];

    private static Check Field(string id, string name, string requirement, Func<JObject, bool> holds, string field) =>
        Check.Create(id, name, requirement, Sections.KernelInfo, async (context, token) =>
        {
            var info = await InfoAsync(context, token).ConfigureAwait(false);
            return Verdict.When(holds(info), Json.Show(info[field]));
        });

    private static Check Optional(string id, string name, string requirement, string field, Func<JToken, bool> holds) =>
        Check.Create(id, name, requirement, Sections.KernelInfo, async (context, token) =>
        {
            var info = await InfoAsync(context, token).ConfigureAwait(false);
            return info[field] is { } value ? Verdict.When(holds(value), Json.Show(value))
                : Verdict.NotApplicable($"there is no {field}, which is optional");
        });

    [GeneratedRegex(@"^\d+\.\d+(\.\d+)?$")]
    private static partial Regex VersionPattern();
}
