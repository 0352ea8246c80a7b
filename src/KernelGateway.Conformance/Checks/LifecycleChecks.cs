using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Starting and ending.</summary>
internal static class LifecycleChecks
{
    public static IEnumerable<Check> All =>
    [
        Shutdown("shutdown.reply", "Reply", "shutdown_request is answered by shutdown_reply with status ok, on control.",
            isRestart: false, (exchange, _) =>
            Verdict.When(exchange.Reply is { Type: MessageTypes.ShutdownReply, Channel: KernelChannel.Control }
                && exchange.Status == "ok", exchange.Describe())),
        Shutdown("shutdown.flag", "Flag without restart", "shutdown_reply repeats restart, here false.", isRestart: false,
            (exchange, _) =>
            Verdict.When(exchange.Content?["restart"] is JValue { Value: false }, exchange.Describe())),
        Shutdown("shutdown.restart-flag", "Flag with restart", "shutdown_reply repeats restart, here true.", isRestart: true,
            (exchange, _) =>
            Verdict.When(exchange.Content?["restart"] is JValue { Value: true }, exchange.Describe())),
        Shutdown("shutdown.status", "Statuses of a shutdown", "busy and idle are published for shutdown_request, too.",
            isRestart: false, (exchange, _) =>
            Verdict.When(exchange.IsBusy && exchange.IsIdle, exchange.Describe())),
        Shutdown("shutdown.exit", "Ends", "The kernel's process ends by itself after the reply.", isRestart: false, (_, exit) =>
            exit is null ? Verdict.Fail("the process still runs") : Verdict.Pass($"ended with {exit}"), needsProcess: true),
        Shutdown("shutdown.exit-code", "Ends well", "A kernel that was asked to end does so with exit code 0.", isRestart: false,
            (_, exit) =>
            exit is null ? Verdict.NotApplicable("the process still runs")
                : Verdict.When(exit == "exit code 0", $"ended with {exit}"), needsProcess: true),
        Check.Create("start.session", "New session", "A kernel process has a session of its own: after a restart it is another one.",
            Sections.Header, async (context, token) =>
        {
            if (!context.Target.IsOurs) return Verdict.NotApplicable("the kernel is not ours to restart");
            var before = await SessionAsync(context, token).ConfigureAwait(false);
            await context.OpenAsync(token).ConfigureAwait(false);
            var after = await SessionAsync(context, token).ConfigureAwait(false);
            if (before == context.Probe.Factory.SessionId || after == context.Probe.Factory.SessionId)
                return Verdict.NotApplicable("the kernel uses its client's session");
            return Verdict.When(before != after && after.Length > 0, before != after ? "another session" : $"still {after}");
        }, isDestructive: true),
        Check.Create("start.count", "Count begins at one", "The first execution of a kernel has the execution_count 1.",
            Sections.ExecutionCounter, async (context, token) =>
        {
            if (!context.Target.IsOurs) return Verdict.NotApplicable("the kernel is not ours to restart");
            await context.OpenAsync(token).ConfigureAwait(false);
            var exchange = await context.ExecuteAsync(context.Snippets?.Print("first") ?? "1", token).ConfigureAwait(false);
            return Verdict.When(ExecuteChecks.Count(exchange) == 1, exchange.Describe());
        }, isDestructive: true),
    ];

    private static Check Shutdown(
        string id, string name, string requirement, bool isRestart, Func<Exchange, string?, Verdict> judge,
            bool needsProcess = false) =>
        Check.Create(id, name, requirement, Sections.Shutdown, async (context, token) =>
        {
            if (needsProcess && !context.Target.IsOurs) return Verdict.NotApplicable("the process is not ours to watch");
            var exited = context.Target.Exited;
            var exchange = await context.Probe.SendAsync(
                KernelChannel.Control, MessageTypes.ShutdownRequest, new JObject { ["restart"] = isRestart },
                    token).ConfigureAwait(false);
            try
            {
                await context.CompleteAsync(exchange, token).ConfigureAwait(false);
            }
            catch (KernelGoneException)
            {
                // The end was requested. Messages from before the end have been read, or are in the sockets and are read within
                // the grace.
                await AwaitQuietlyAsync(context, exchange, token).ConfigureAwait(false);
            }

            var exit = needsProcess ? await ExitAsync(context, exited, token).ConfigureAwait(false) : null;
            return judge(exchange, exit);
        }, endsKernel: true);

    private static async Task AwaitQuietlyAsync(CheckContext context, Exchange exchange, CancellationToken cancellationToken)
    {
        var start = context.Time.GetTimestamp();
        while (exchange.Reply is null || !exchange.IsIdle)
        {
            var left = TimeSpan.FromSeconds(0.5) - context.Time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return;
            try
            {
                await context.Probe.Log.More.WaitAsync(left, context.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    private static async Task<string?> ExitAsync(CheckContext context, Task<Launching.KernelExit> exited,
        CancellationToken cancellationToken)
    {
        try
        {
            return (await exited.WaitAsync(context.Options.Timeout, context.Time,
                cancellationToken).ConfigureAwait(false)).ToString();
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task<string> SessionAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var exchange = await context.ShellAsync(MessageTypes.KernelInfoRequest, [], cancellationToken).ConfigureAwait(false);
        return exchange.Reply?.Message?.Header.SessionId ?? "";
    }
}
