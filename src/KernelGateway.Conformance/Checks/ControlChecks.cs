using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>The control channel: kernel info, the debugger, subshells.</summary>
internal static class ControlChecks
{
    private static readonly Version WithInfoOnControl = new(5, 5);

    public static IEnumerable<Check> All =>
    [
        Check.Create("control.kernel-info", "Kernel info on control", "Since 5.5 kernel_info_request is answered on control, too.",
            Sections.KernelInfo, async (context, token) =>
        {
            var exchange = await context.RequestAsync(KernelChannel.Control, MessageTypes.KernelInfoRequest, [],
                token).ConfigureAwait(false);
            if (exchange.Reply is null && context.Protocol < WithInfoOnControl)
                return Verdict.NotApplicable($"no answer, and the kernel speaks {context.Protocol}");
            return Verdict.When(exchange.Reply?.Channel == KernelChannel.Control
                && exchange.Content?["protocol_version"] is not null, exchange.Describe());
        }),
        Check.Create("control.status", "Statuses on control", "busy and idle are published for requests on control.", Sections.Status,
            async (context, token) =>
        {
            var exchange = await context.RequestAsync(KernelChannel.Control, MessageTypes.KernelInfoRequest, [],
                token).ConfigureAwait(false);
            return exchange.Reply is null ? Verdict.NotApplicable("kernel_info_request is not answered on control")
                : Verdict.When(exchange.IsBusy && exchange.IsIdle, exchange.Describe());
        }),
        LanguageCheck.Create("control.busy", "Control while code runs", "Requests on control are answered while code runs.",
            Sections.Sockets, snippets => snippets.LongRunning, BusyAsync),
        Check.Create("debug.info", "Debug info",
            "A kernel with a debugger answers debugInfo, with isStarted, breakpoints and stoppedThreads.", Sections.Debug,
            async (context, token) =>
        {
            if (!HasFeature(context, "debugger")) return Verdict.NotApplicable("the kernel offers no debugger");
            var exchange = await DebugAsync(context, 1, "debugInfo", [], token).ConfigureAwait(false);
            var body = exchange.Content?["body"] as JObject;
            return Verdict.When(
                body?["isStarted"]?.Type == JTokenType.Boolean && body["breakpoints"] is JArray
                    && body["stoppedThreads"] is JArray, exchange.Describe());
        }),
        Check.Create("debug.form", "Form of debug replies",
            "debug_reply is a response of the Debug Adapter Protocol: type, request_seq, success, command.", Sections.Debug,
            async (context, token) =>
        {
            if (!HasFeature(context, "debugger")) return Verdict.NotApplicable("the kernel offers no debugger");
            var exchange = await DebugAsync(context, 7, "debugInfo", [], token).ConfigureAwait(false);
            return Verdict.When(
                exchange.Content is { } reply && (string?)reply["type"] == "response"
                    && (int?)(reply["request_seq"] as JValue) == 7
                    && reply["success"]?.Type == JTokenType.Boolean && (string?)reply["command"] == "debugInfo",
                        exchange.Describe());
        }),
        Check.Create("debug.initialize", "Debugger starts",
            "initialize, the first request of a debugging client, succeeds and names the capabilities.", Sections.Debug,
            async (context, token) =>
        {
            if (!HasFeature(context, "debugger")) return Verdict.NotApplicable("the kernel offers no debugger");
            var exchange = await InitializeAsync(context, token).ConfigureAwait(false);
            return Verdict.When(IsSuccess(exchange) && exchange.Content!["body"] is JObject, exchange.Describe());
        }, isDestructive: true),
        Check.Create("debug.dump-cell", "Dump cell", "dumpCell gives the path that the debugger knows the code by.", Sections.Debug,
            async (context, token) =>
        {
            if (!HasFeature(context, "debugger")) return Verdict.NotApplicable("the kernel offers no debugger");
            if (context.Snippets?.CompleteCode is not { } code) return Verdict.NotApplicable("no code is known for the language");
            if (!IsSuccess(await InitializeAsync(context, token).ConfigureAwait(false)))
                return Verdict.NotApplicable("the debugger did not start");
            var exchange = await DebugAsync(context, 2, "dumpCell", new JObject { ["code"] = code }, token).ConfigureAwait(false);
            return Verdict.When(Json.IsText((exchange.Content?["body"] as JObject)?["sourcePath"]), exchange.Describe());
        }, isDestructive: true),
        Check.Create("subshell.list", "Subshells", "A kernel with subshells creates, lists and deletes them.", Sections.Subshells,
            async (context, token) =>
        {
            if (!HasFeature(context, "kernel subshells")) return Verdict.NotApplicable("the kernel offers no subshells");
            var created = await ControlAsync(context, MessageTypes.CreateSubshellRequest, [], token).ConfigureAwait(false);
            if (created.Content?["subshell_id"] is not JValue { Value: string id }) return Verdict.Fail(created.Describe());
            var listed = await ControlAsync(context, MessageTypes.ListSubshellRequest, [], token).ConfigureAwait(false);
            var deleted = await ControlAsync(context, MessageTypes.DeleteSubshellRequest, new JObject { ["subshell_id"] = id },
                token).ConfigureAwait(false);
            var isListed = listed.Content?["subshell_id"] is JArray ids && ids.Any(one => (string?)(one as JValue) == id);
            return Verdict.When(isListed && deleted.Status == "ok", $"{listed.Describe()}; delete: {deleted.Describe()}");
        }),
        LanguageCheck.Create("subshell.concurrent", "Code in a subshell",
            "Code in a subshell runs while code in the parent shell does.", Sections.Subshells, snippets => snippets.LongRunning,
            SubshellAsync),
    ];

    private static bool HasFeature(CheckContext context, string feature) =>
        (context.KernelInfo["supported_features"] is JArray features && features.Any(one => (string?)(one as JValue) == feature))
        || (feature == "debugger" && context.KernelInfo["debugger"] is JValue { Value: true });

    private static Task<Exchange> ControlAsync(CheckContext context, string type, JObject content,
        CancellationToken cancellationToken) =>
        context.RequestAsync(KernelChannel.Control, type, content, cancellationToken);

    private static Task<Exchange> DebugAsync(CheckContext context, int sequence, string command, JObject arguments,
        CancellationToken cancellationToken) =>
        ControlAsync(
            context, MessageTypes.DebugRequest,
            new JObject { ["type"] = "request", ["seq"] = sequence, ["command"] = command, ["arguments"] = arguments },
                cancellationToken);

    private static Task<Exchange> InitializeAsync(CheckContext context, CancellationToken cancellationToken) => DebugAsync(
        context, 1, "initialize",
        new JObject
        {
            ["clientID"] = "conformance", ["adapterID"] = "", ["linesStartAt1"] = true, ["columnsStartAt1"] = true,
            ["pathFormat"] = "path"
        },
        cancellationToken);

    private static bool IsSuccess(Exchange exchange) => exchange.Content?["success"] is JValue { Value: true };

    private static async Task<Verdict> BusyAsync(CheckContext context, Func<int, string> longRunning,
        CancellationToken cancellationToken)
    {
        var idle = await ControlAsync(context, MessageTypes.KernelInfoRequest, [], cancellationToken).ConfigureAwait(false);
        if (idle.Reply is null) return Verdict.NotApplicable("kernel_info_request is not answered on control");
        var running = await context.StartLongAsync(3, cancellationToken).ConfigureAwait(false);
        var exchange = await context.Probe.SendAsync(KernelChannel.Control, MessageTypes.KernelInfoRequest, [],
            cancellationToken).ConfigureAwait(false);
        await context.WaitAsync(() => exchange.Reply is not null || running.Reply is not null,
            cancellationToken).ConfigureAwait(false);
        var isInTime = exchange.Reply is not null && running.Reply is null;
        await context.EndLongAsync(running.Request.MessageId, cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(running, cancellationToken).ConfigureAwait(false);
        return Verdict.When(isInTime, isInTime ? "answered while code ran" : "not answered before the code had ended");
    }

    private static async Task<Verdict> SubshellAsync(CheckContext context, Func<int, string> longRunning,
        CancellationToken cancellationToken)
    {
        if (!HasFeature(context, "kernel subshells")) return Verdict.NotApplicable("the kernel offers no subshells");
        var created = await ControlAsync(context, MessageTypes.CreateSubshellRequest, [],
            cancellationToken).ConfigureAwait(false);
        if (created.Content?["subshell_id"] is not JValue { Value: string id }) return Verdict.Fail(created.Describe());
        var running = await context.StartLongAsync(3, cancellationToken).ConfigureAwait(false);
        var request = context.Probe.CreateRequest(MessageTypes.ExecuteRequest,
            Contents.Execute(context.Snippets!.Print("beside")), null, id);
        var beside = await context.Probe.SendAsync(KernelChannel.Shell, request, cancellationToken).ConfigureAwait(false);
        await context.WaitAsync(() => beside.Reply is not null || running.Reply is not null,
            cancellationToken).ConfigureAwait(false);
        var isInTime = beside.Reply is not null && running.Reply is null;
        await context.EndLongAsync(running.Request.MessageId, cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(running, cancellationToken).ConfigureAwait(false);
        await ControlAsync(context, MessageTypes.DeleteSubshellRequest, new JObject { ["subshell_id"] = id },
            cancellationToken).ConfigureAwait(false);
        return Verdict.When(isInTime, isInTime ? "answered while the parent shell was busy"
            : "not answered before the parent shell was free");
    }
}
