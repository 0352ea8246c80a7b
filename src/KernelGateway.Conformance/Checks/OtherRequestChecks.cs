using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Comms, connect, and unknown requests.</summary>
internal static class OtherRequestChecks
{
    private const string UnknownType = "conformance_unknown_request";

    public static IEnumerable<Check> All =>
    [
        Check.Create("comm.info", "Comm info", "comm_info_reply has status ok and comms, an object of comm ids.", Sections.CommInfo,
            async (context, token) =>
            JudgeInfo((await context.SurveyAsync(token).ConfigureAwait(false))["comm_info"]!, comms => comms is JObject)),
        Check.Create("comm.info-target", "Comm info of one target", "With target_name, only the comms of that target are listed.",
            Sections.CommInfo, async (context, token) =>
            JudgeInfo(
                await context.ShellAsync(MessageTypes.CommInfoRequest, new JObject { ["target_name"] = "conformance.nobody" },
                    token).ConfigureAwait(false),
                comms => comms is JObject { Count: 0 })),
        Check.Create("comm.unknown-target", "Unknown target",
            "A comm_open with an unregistered target is answered by comm_close of that comm, on iopub.", Sections.Comms,
            UnknownTargetAsync),
        Check.Create("comm.status", "Statuses of comm messages", "busy and idle are published for comm messages too.",
            Sections.Status, async (context, token) =>
        {
            var opening = await OpenCommAsync(context, token).ConfigureAwait(false);
            return Verdict.When(opening.IsBusy && opening.IsIdle, opening.Describe());
        }),
        Check.Create("comm.unknown-id", "Unknown comm", "comm_msg and comm_close for a comm that does not exist do no harm.",
            Sections.Comms, async (context, token) =>
        {
            var content = new JObject { ["comm_id"] = "conformance-nowhere", ["data"] = new JObject() };
            await context.Probe.SendAsync(KernelChannel.Shell, MessageTypes.CommMessage, content, token).ConfigureAwait(false);
            await context.Probe.SendAsync(KernelChannel.Shell, MessageTypes.CommClose, content, token).ConfigureAwait(false);
            var isAlive = await context.AnswersAsync(token).ConfigureAwait(false);
            return Verdict.When(isAlive, isAlive ? "the next request is answered" : "the next request is not answered");
        }),
        Check.Create("connect.reply", "Connect", "connect_reply names the ports of the connection file.", Sections.Connect,
            ConnectAsync),
        Unknown("unknown.shell", KernelChannel.Shell),
        Unknown("unknown.control", KernelChannel.Control),
    ];

    private static Verdict JudgeInfo(Exchange exchange, Func<JToken?, bool> holds) => IntrospectionChecks.IsUnanswered(exchange)
        ? IntrospectionChecks.Unsupported(exchange)
        : Verdict.When(exchange.Status == "ok" && holds(exchange.Content?["comms"]), exchange.Describe());

    private static async Task<Exchange> OpenCommAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var content = new JObject
        {
            ["comm_id"] = Guid.NewGuid().ToString("N"), ["target_name"] = "conformance.nobody", ["data"] = new JObject(),
        };
        var opening = await context.Probe.SendAsync(KernelChannel.Shell, MessageTypes.CommOpen, content,
            cancellationToken).ConfigureAwait(false);
        await context.WaitAsync(() => opening.IsIdle, cancellationToken).ConfigureAwait(false);
        return opening;
    }

    private static async Task<Verdict> UnknownTargetAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var opening = await OpenCommAsync(context, cancellationToken).ConfigureAwait(false);
        // After the answer to a later request no earlier message can still arrive on shell.
        await context.AnswersAsync(cancellationToken).ConfigureAwait(false);
        var id = (string?)Json.TryRead(opening.Request.RawContent)!["comm_id"];
        var close = opening.Sightings.FirstOrDefault(one => one.Type == MessageTypes.CommClose);
        if (close is null) return Verdict.Fail("no comm_close");
        return Verdict.When(
            close.Channel == KernelChannel.IOPub && (string?)close.ContentOf("comm_id") == id
                && close.ContentOf("data") is null or JObject,
            $"{close}: {ExecuteChecks.Show(close)}");
    }

    private static async Task<Verdict> ConnectAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var exchange = await context.ShellAsync(MessageTypes.ConnectRequest, [], cancellationToken).ConfigureAwait(false);
        if (exchange.Content is not { } reply)
            return Verdict.NotApplicable("connect_request got no reply; it is optional and deprecated");
        var info = context.Probe.Info;
        (string Name, int Port)[] ports =
        [
            ("shell_port", info.ShellPort), ("iopub_port", info.IOPubPort), ("stdin_port", info.StdinPort),
                ("hb_port", info.HeartbeatPort),
        ];
        return Verdict.When(ports.All(port => (int?)(reply[port.Name] as JValue) == port.Port), exchange.Describe());
    }

    private static Check Unknown(string id, KernelChannel channel) => Check.Create(
        id, $"Unknown request on {channel.ToString().ToLowerInvariant()}",
            "A request of an unknown type is not answered, and does no harm.", Sections.Compatibility,
        async (context, token) =>
        {
            var unknown = await context.Probe.SendAsync(channel, UnknownType, [], token).ConfigureAwait(false);
            if (!await context.AnswersAsync(token).ConfigureAwait(false))
                return Verdict.Fail("the next request was not answered");
            if (channel != KernelChannel.Shell) await context.AnswersAsync(token, channel).ConfigureAwait(false);
            return Verdict.When(unknown.Reply is null, unknown.Reply is null ? "no reply, and the next request answered"
                : unknown.Describe());
        });
}
