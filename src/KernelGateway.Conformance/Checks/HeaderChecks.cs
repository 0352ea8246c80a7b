using System.Globalization;
using System.Text.RegularExpressions;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Header and parent header.</summary>
internal static partial class HeaderChecks
{
    // Clocks of one machine agree; the time between creating and sending a message is tolerated.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(0.1);

    // Spread over more than a second, because errors with fractions of a second appear in some messages only.
    private const int DateSamples = 24;
    private static readonly TimeSpan DateInterval = TimeSpan.FromMilliseconds(45);

    public static IEnumerable<Check> All =>
    [
        Check.Create("header.required", "Required fields",
            "msg_id, session, username, date, msg_type and version are there, as text.", Sections.Header,
            (context, token) => EachAsync(context, header => Missing(header), token)),
        Check.Create("header.date", "Date", "date is an ISO 8601 timestamp with its offset.", Sections.Header,
            (context, token) => EachAsync(context, header => IsIsoDate(Text(header, "date")) ? null
                : $"date {Json.Show(header["date"])}", token)),
        Check.Create("header.date-value", "Date is the time of making", "date is when the message was created.", Sections.Header,
            DateValueAsync),
        Check.Create("header.version", "Version", "version is the protocol version, 5.x.", Sections.Header,
            (context, token) => EachAsync(context, header => VersionPattern().IsMatch(Text(header, "version")) ? null
                : $"version {Json.Show(header["version"])}", token)),
        Check.Create("header.session-stable", "Stable session", "session is the same in all messages of one kernel.", Sections.Header,
            async (context, token) =>
        {
            var sessions = (await HeadersAsync(context, token).ConfigureAwait(false)).Select(header =>
                Text(header, "session")).Distinct().ToList();
            return sessions.Count == 0 ? Verdict.NotApplicable("no messages were seen")
                : Verdict.When(sessions.Count == 1, sessions.Count == 1 ? "one session"
                    : $"{sessions.Count} sessions: {string.Join(", ", sessions.Take(3))}");
        }),
        Check.Create("header.session-own", "A session of its own",
            "session identifies the sender: the kernel does not use its client's.", Sections.Header,
            async (context, token) =>
            {
                var client = (await context.SurveyAsync(token).ConfigureAwait(false)).ClientSession;
                return await EachAsync(context, header => Text(header, "session") == client ? "the session is the client's"
                    : null, token).ConfigureAwait(false);
            }),
        Check.Create("header.msg-id-unique", "Unique ids", "msg_id is unique for every message.", Sections.Header,
            async (context, token) =>
        {
            var ids = (await HeadersAsync(context, token).ConfigureAwait(false)).Select(header =>
                Text(header, "msg_id")).ToList();
            var twice = ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
            return ids.Count == 0 ? Verdict.NotApplicable("no messages were seen")
                : Verdict.When(
                    twice.Count == 0,
                    twice.Count == 0 ? $"{ids.Count} different ids" : $"used twice: {string.Join(", ", twice.Take(3))}");
        }),
        Check.Create("header.reply-type", "Type of replies", "A reply has the type of its request, with _reply for _request.",
            Sections.RequestReply, async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            return Verdict.ForEach([.. survey.Exchanges.Values.Where(one => one.Reply is not null)], one =>
                one.Reply!.Type == one.Request.MessageType.Replace("_request", "_reply", StringComparison.Ordinal)
                    ? null : $"{one.Request.MessageType} answered by {one.Reply.Type}", "replies");
        }),
        Check.Create("header.unknown-fields", "Unknown header fields", "Header fields that a receiver does not know are ignored.",
            Sections.Compatibility, UnknownFieldsAsync),
        Check.Create("parent.reply", "Parent of replies", "The parent header of a reply is the header of its request.",
            Sections.Parent,
            (context, token) => ParentsAsync(context, one => one.Channel != KernelChannel.IOPub, token)),
        Check.Create("parent.status", "Parent of statuses", "busy and idle have the request's header as parent.", Sections.Parent,
            (context, token) => ParentsAsync(context, one => one.Type == MessageTypes.Status, token)),
        Check.Create("parent.output", "Parent of output", "All that an execution publishes has the request's header as parent.",
            Sections.Parent,
            (context, token) => ParentsAsync(context, one => one.Channel == KernelChannel.IOPub
                && one.Type != MessageTypes.Status, token)),
        Check.Create("parent.none-lost", "No orphans", "No message that belongs to a request lacks its parent header.",
            Sections.Parent, async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            var orphans = survey.Sightings.Where(one => one.Message is { ParentMessageId: null }
                && one.State != ExecutionStateNames.Starting
                && one.Type != MessageTypes.IOPubWelcome).ToList();
            return Verdict.When(orphans.Count == 0, orphans.Count == 0 ? "every message has a parent"
                : $"{orphans.Count} without, first {orphans[0]}");
        }),
    ];

    private static string Text(JObject header, string field) => Json.IsText(header[field]) ? (string)header[field]! : "";

    private static string? Missing(JObject header)
    {
        foreach (var name in (string[])["msg_id", "session", "username", "date", "msg_type", "version"])
        {
            if (!Json.IsText(header[name])) return $"{name} is {Json.Show(header[name])} in {Text(header, "msg_type")}";
        }

        return null;
    }

    private static bool IsIsoDate(string text) => IsoPattern().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static async Task<List<JObject>> HeadersAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var survey = await context.SurveyAsync(cancellationToken).ConfigureAwait(false);
        return [.. survey.Sightings.Where(one => one.Message is not null).Select(one =>
            Json.TryRead(one.Message!.RawHeader)).OfType<JObject>()];
    }

    private static async Task<Verdict> EachAsync(CheckContext context, Func<JObject, string?> fault,
        CancellationToken cancellationToken) =>
        Verdict.ForEach(await HeadersAsync(context, cancellationToken).ConfigureAwait(false), fault, "headers");

    // A reply is made between its request's sending and its own arrival. xeus loses the zeros of the fraction: .058 s become .58 s.
    private static async Task<Verdict> DateValueAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!context.Target.IsOurs) return Verdict.NotApplicable("the clock of a kernel that this process did not start may differ");
        var exchanges = new List<Exchange>();
        for (var i = 0; i < DateSamples; i++)
        {
            exchanges.Add(await context.ShellAsync(MessageTypes.KernelInfoRequest, [], cancellationToken).ConfigureAwait(false));
            await context.WaitAsync(() => false, cancellationToken, DateInterval).ConfigureAwait(false);
        }

        var dated = exchanges.SelectMany(exchange => exchange.Sightings.Select(one => (Exchange: exchange, One: one)))
            .Where(pair => pair.One.Message is not null && IsIsoDate(pair.One.Message.Header.Date ?? "")).ToList();
        return Verdict.ForEach(dated, pair =>
        {
            var date = DateTimeOffset.Parse(pair.One.Message!.Header.Date!, CultureInfo.InvariantCulture);
            if (date < pair.Exchange.SentAt - Tolerance) return "a date before its request was sent";
            return date > pair.One.At + Tolerance ? $"a date in the future: {pair.One.Message.Header.Date}" : null;
        }, "dates");
    }

    private static async Task<Verdict> UnknownFieldsAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var header = context.Probe.Factory.CreateHeader(MessageTypes.KernelInfoRequest) with
        {
            ExtraFields = new JObject { ["conformance"] = new JObject { ["nested"] = true } },
        };
        var exchange = await context.Probe.SendAsync(KernelChannel.Shell, JupyterMessage.Create(header, null, new JObject()),
            cancellationToken)
            .ConfigureAwait(false);
        await context.CompleteAsync(exchange, cancellationToken).ConfigureAwait(false);
        return Verdict.When(exchange.Reply is not null, exchange.Reply is null ? exchange.Describe() : "answered as without");
    }

    private static async Task<Verdict> ParentsAsync(CheckContext context, Func<Sighting, bool> isMeant,
        CancellationToken cancellationToken)
    {
        var survey = await context.SurveyAsync(cancellationToken).ConfigureAwait(false);
        var pairs = survey.Exchanges.Values.SelectMany(exchange =>
            exchange.Sightings.Where(isMeant).Select(one => (exchange.Request, One: one))).ToList();
        return Verdict.ForEach(
            pairs,
            pair => JToken.DeepEquals(Json.TryRead(pair.Request.RawHeader), Json.TryRead(pair.One.Message!.RawParentHeader))
                ? null : $"{pair.One} has the parent {Sighting.Show(pair.One.Message.RawParentHeader)}",
            "parent headers");
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d(:?\d\d)?)$")]
    private static partial Regex IsoPattern();

    [GeneratedRegex(@"^5\.\d+(\.\d+)?$")]
    private static partial Regex VersionPattern();
}
