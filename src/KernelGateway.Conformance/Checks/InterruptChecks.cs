using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Probing;
using KernelGateway.Kernelspecs;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Conformance.Checks;

/// <summary>Interrupting the way the kernelspec declares.</summary>
internal static class InterruptChecks
{
    // Longer than a request may take, so that code that has ended by itself is not taken for interrupted code.
    private const int Seconds = 60;

    public static IEnumerable<Check> All =>
    [
        Interrupted("interrupt.ends", "Ends running code", "An interrupt ends the running code; its reply and idle follow.",
            (_, running) =>
            Task.FromResult(Verdict.When(running.Reply is not null && running.IsIdle, running.Describe()))),
        Interrupted("interrupt.status", "Interrupted code has failed", "The reply of interrupted code has status error.",
            (_, running) =>
            Task.FromResult(running.Reply is null ? Verdict.NotApplicable("there was no reply")
                : Verdict.When(running.Status == "error", running.Describe()))),
        Interrupted("interrupt.state", "State is kept",
            "After an interrupt the kernel runs code, and still has what was defined before.", async (context, _) =>
        {
            var read = await context.ExecuteAsync(context.Snippets!.ReadBack!, CancellationToken.None).ConfigureAwait(false);
            return Verdict.When(read.AllText.Contains("42", StringComparison.Ordinal), ExecuteChecks.Outputs(read));
        }),
        Check.Create("interrupt.reply", "Reply", "interrupt_request is answered by interrupt_reply with status ok, on control.",
            Sections.Interrupt, async (context, token) =>
        {
            if (context.Target.InterruptMode != KernelInterruptMode.Message)
                return Verdict.NotApplicable("the kernel is not declared to be interrupted by message");
            var exchange = await context.RequestAsync(KernelChannel.Control, MessageTypes.InterruptRequest, [],
                token).ConfigureAwait(false);
            return Verdict.When(exchange.Reply?.Channel == KernelChannel.Control && exchange.Status == "ok", exchange.Describe());
        }, isDestructive: true),
        Check.Create("interrupt.idle", "Interrupt of an idle kernel", "An interrupt while nothing runs does no harm.",
            Sections.Interrupt, async (context, token) =>
        {
            if (!await InterruptAsync(context, token).ConfigureAwait(false)) return CannotInterrupt();
            var isAlive = await context.AnswersAsync(token).ConfigureAwait(false);
            return Verdict.When(isAlive, isAlive ? "the next request is answered" : "the next request is not answered");
        }, isDestructive: true),
    ];

    private static Verdict CannotInterrupt() =>
        Verdict.NotApplicable("how it is interrupted is not known, or is a signal and its process is not ours");

    private static async Task<bool> InterruptAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Target.InterruptMode == KernelInterruptMode.Signal) return context.Target.Signal();
        if (context.Target.InterruptMode is null) return false;
        await context.Probe.SendAsync(KernelChannel.Control, MessageTypes.InterruptRequest, [],
            cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static Check Interrupted(string id, string name, string requirement, Func<CheckContext, Exchange,
        Task<Verdict>> judge) =>
        LanguageCheck.Create(id, name, requirement, Sections.Interrupt, Interruptible, async (context, snippets, token) =>
        {
            await context.ExecuteAsync(snippets.Define!, token).ConfigureAwait(false);
            var running = await context.StartLongAsync(Seconds, token).ConfigureAwait(false);
            if (!await InterruptAsync(context, token).ConfigureAwait(false))
            {
                await context.CompleteAsync(running, token, context.LongTimeout).ConfigureAwait(false);
                return CannotInterrupt();
            }

            await context.CompleteAsync(running, token).ConfigureAwait(false);
            return await judge(context, running).ConfigureAwait(false);
        }, isDestructive: true);

    private static LanguageSnippets? Interruptible(LanguageSnippets snippets) =>
        snippets.LongRunning is null || snippets.Define is null || snippets.ReadBack is null ? null : snippets;
}
