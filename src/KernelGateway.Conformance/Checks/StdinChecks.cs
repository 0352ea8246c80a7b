using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Code that asks its user.</summary>
internal static class StdinChecks
{
    public static IEnumerable<Check> All =>
    [
        Asking("stdin.request", "Asks", "Code that reads input sends input_request on stdin.", (question, _) =>
            Verdict.When(question.Type == MessageTypes.InputRequest, ExecuteChecks.Show(question))),
        Asking("stdin.prompt", "Prompt", "input_request has prompt, the text the code asks with.", (question, _) =>
            Verdict.When(question.ContentOf("prompt") is JValue { Value: string prompt }
                && prompt.StartsWith("name?", StringComparison.Ordinal), ExecuteChecks.Show(question))),
        Asking("stdin.no-password", "No password", "input_request has password, false for plain input.", (question, _) =>
            Verdict.When(question.ContentOf("password") is JValue { Value: false }, ExecuteChecks.Show(question))),
        Asking("stdin.parent", "Parent of the question", "The parent of input_request is the execution that asks.",
            (question, running) =>
            Verdict.When(
                JToken.DeepEquals(Json.TryRead(running.Request.RawHeader), Json.TryRead(question.Message!.RawParentHeader)),
                $"parent {question.Message!.ParentMessageId}")),
        Asking("stdin.value", "Answer", "The value of input_reply is what the code reads.", (_, running) =>
            Verdict.When(running.AllText.Contains("the answer", StringComparison.Ordinal), ExecuteChecks.Outputs(running))),
        LanguageCheck.Create("stdin.password", "Password", "For a password, input_request has password true.", Sections.Stdin,
            snippets => snippets.Password,
            (context, code, token) => AskAsync(context, code, (question, _) =>
                Verdict.When(question.ContentOf("password") is JValue { Value: true }, ExecuteChecks.Show(question)), token)),
        LanguageCheck.Create("stdin.refused", "Stdin refused", "With allow_stdin false, input_request must not be sent.",
            Sections.Stdin, snippets => snippets.Input,
            RefusedAsync, isDestructive: true),
        LanguageCheck.Create("stdin.identity", "Asks who has run the code", "Only the client that has run the code is asked.",
            Sections.Stdin, snippets => snippets.Input,
            IdentityAsync),
    ];

    private static Check Asking(string id, string name, string requirement, Func<Sighting, Exchange, Verdict> judge) =>
        LanguageCheck.Create(id, name, requirement, Sections.Stdin, snippets => snippets.Input, (context, code, token) =>
            AskAsync(context, code, judge, token));

    private static Sighting? Question(Exchange exchange) =>
        exchange.Sightings.FirstOrDefault(one => one.Channel == KernelChannel.Stdin);

    private static async Task<Verdict> AskAsync(
        CheckContext context, string code, Func<Sighting, Exchange, Verdict> judge, CancellationToken cancellationToken)
    {
        var running = await context.Probe.SendAsync(
            KernelChannel.Shell, MessageTypes.ExecuteRequest, Contents.Execute(code).With("allow_stdin", true),
                cancellationToken).ConfigureAwait(false);
        await context.WaitAsync(() => Question(running) is not null || running.Reply is not null,
            cancellationToken).ConfigureAwait(false);
        if (Question(running) is not { Message: not null } question)
            return Verdict.Fail($"no question; {ExecuteChecks.Outputs(running)}");
        await AnswerAsync(context, question, "the answer", cancellationToken).ConfigureAwait(false);
        await context.CompleteAsync(running, cancellationToken).ConfigureAwait(false);
        return judge(question, running);
    }

    private static Task<Exchange> AnswerAsync(CheckContext context, Sighting question, string value,
        CancellationToken cancellationToken)
    {
        var reply = JupyterMessage.Create(
            context.Probe.Factory.CreateHeader(MessageTypes.InputReply), question.Message!.Header,
                new JObject { ["value"] = value, ["status"] = "ok" });
        return context.Probe.SendAsync(KernelChannel.Stdin, reply, cancellationToken);
    }

    private static async Task<Verdict> RefusedAsync(CheckContext context, string code, CancellationToken cancellationToken)
    {
        var running = await context.Probe.SendAsync(KernelChannel.Shell, MessageTypes.ExecuteRequest, Contents.Execute(code),
            cancellationToken)
            .ConfigureAwait(false);
        await context.WaitAsync(() => Question(running) is not null || running.Reply is not null,
            cancellationToken).ConfigureAwait(false);
        if (Question(running) is { Message: not null } question)
        {
            // Answered, so that the code ends.
            await AnswerAsync(context, question, "", cancellationToken).ConfigureAwait(false);
            await context.CompleteAsync(running, cancellationToken).ConfigureAwait(false);
            return Verdict.Fail("input_request was sent");
        }

        await context.CompleteAsync(running, cancellationToken).ConfigureAwait(false);
        return Verdict.When(running.Reply is not null, running.Describe());
    }

    private static async Task<Verdict> IdentityAsync(CheckContext context, string code, CancellationToken cancellationToken)
    {
        var second = await context.OpenSecondAsync(cancellationToken).ConfigureAwait(false);
        await using (second.ConfigureAwait(false))
        {
            return await AskAsync(context, code, (_, running) =>
            {
                var asked = second.Log.FindAnswersTo(running.Request.MessageId).Count(one => one.Channel == KernelChannel.Stdin);
                return Verdict.When(asked == 0, asked == 0 ? "the other client was not asked" : "the other client was asked too");
            }, cancellationToken).ConfigureAwait(false);
        }
    }
}
