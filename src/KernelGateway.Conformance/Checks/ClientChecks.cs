using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Zmtp.Sockets;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Several clients of one kernel, and the welcome of a subscriber.</summary>
internal static class ClientChecks
{
    private static readonly Version WithWelcome = new(5, 5);

    public static IEnumerable<Check> All =>
    [
        Check.Create("clients.broadcast", "Broadcast", "What is published reaches every client.", Sections.Sockets,
            (context, token) => WithSecondAsync(context, (mine, second) =>
        {
            var heard = second.Log.FindAnswersTo(mine.Request.MessageId).Count(one => one.Channel == KernelChannel.IOPub);
            return (heard >= mine.Published.Count, $"the other client heard {heard} of {mine.Published.Count}");
        }, token)),
        Check.Create("clients.replies", "Replies are private", "A reply goes to the client that asked, and to no other.",
            Sections.Sockets, (context, token) => WithSecondAsync(context, (mine, second) =>
        {
            var heard = second.Log.FindAnswersTo(mine.Request.MessageId).Count(one => one.Channel != KernelChannel.IOPub);
            return (heard == 0 && mine.Reply is not null, heard == 0 ? mine.Describe() : $"the other client got {heard} replies");
        }, token)),
        Check.Create("welcome.sent", "Welcome", "Since 5.5 a new subscription is greeted by iopub_welcome.", Sections.Welcome,
            (context, token) =>
            WelcomeAsync(context, _ => true, token)),
        Check.Create("welcome.form", "Form of the welcome",
            "iopub_welcome has subscription, the topic subscribed to, and an empty parent header.", Sections.Welcome,
            (context, token) =>
            WelcomeAsync(context, one => (string?)one.ContentOf("subscription") == "" && one.Message!.ParentMessageId is null,
                token)),
    ];

    private static async Task<Verdict> WithSecondAsync(
        CheckContext context, Func<Exchange, KernelProbe, (bool Holds, string Seen)> look, CancellationToken cancellationToken)
    {
        var second = await context.OpenSecondAsync(cancellationToken).ConfigureAwait(false);
        await using (second.ConfigureAwait(false))
        {
            var mine = await context.ShellAsync(MessageTypes.ExecuteRequest, Contents.Execute(""),
                cancellationToken).ConfigureAwait(false);
            // A second request after the first one: when it is answered, all messages for the first one have arrived.
            var its = await second.SendAsync(KernelChannel.Shell, MessageTypes.KernelInfoRequest, [],
                cancellationToken).ConfigureAwait(false);
            await second.WaitAsync(() => its.Reply is not null && its.IsIdle, context.Options.Timeout,
                cancellationToken).ConfigureAwait(false);
            var (holds, seen) = look(mine, second);
            return Verdict.When(holds, seen);
        }
    }

    private static async Task<Verdict> WelcomeAsync(CheckContext context, Func<Sighting, bool> holds,
        CancellationToken cancellationToken)
    {
        var second = await context.OpenSecondAsync(cancellationToken).ConfigureAwait(false);
        await using (second.ConfigureAwait(false))
        {
            // A publisher may greet only the first that subscribes to a topic, as sockets without XPUB_VERBOSE do.
            await second.WaitAsync(() => (second.Welcome ?? context.Probe.Welcome) is not null, context.Options.Grace, cancellationToken)
                .ConfigureAwait(false);
            var welcome = second.Welcome ?? context.Probe.Welcome;
            if (welcome is not null) return Verdict.When(holds(welcome), ExecuteChecks.Show(welcome));
            return context.Protocol < WithWelcome ? Verdict.NotApplicable($"no welcome, and the kernel speaks {context.Protocol}")
                : Verdict.Fail($"no welcome, though the kernel speaks {context.Protocol}");
        }
    }
}
