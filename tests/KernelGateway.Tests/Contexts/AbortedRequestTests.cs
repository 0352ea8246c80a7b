using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Languages;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Requests that a kernel aborts before it begins with them, because code of another client has failed.</summary>
public sealed class AbortedRequestTests
{
    private const int TestTimeout = 30_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(750);
    private static readonly byte[] Aborted = """{"status":"aborted"}"""u8.ToArray();
    private static readonly Dictionary<string, string> Variables = new() { ["A"] = "1" };

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Request_is_sent_again(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Abort(scripted.Kernel, (_, number) => number == 1);

        var execution = await PassTimeAsync(scripted, context.Submit("return 5"), cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
        requests.Should().HaveCount(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_aborts_for_ever_gets_the_execution_rejected(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Abort(scripted.Kernel, (_, _) => true);

        var execution = await PassTimeAsync(scripted, context.Submit("return 5"), cancellationToken);

        execution.End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Rejected && end.IsStatePreserved && end.ReplySeen);
        requests.Should().HaveCount(3);
    }

    /// <summary>The failure is published on iopub, the reply comes on shell: either may be the first.</summary>
    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Request_that_failing_code_of_another_client_aborts_is_sent_again_each_time(
        [Values] bool replyIsFirst, CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var other = MessageFactory.StartSession("somebody");
        int requests = 0, failures = 0;
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            if (++requests > 6)
            {
                await scripted.Kernel.Language.ExecuteAsync(request);
                return;
            }

            var failing = other.Create(new ExecuteRequest { Code = "fail" });
            if (replyIsFirst) await request.ReplyRawAsync(MessageTypes.ExecuteReply, Aborted);
            await scripted.Kernel.PublishAsync(new ErrorOutput { Name = "ValueError", Value = "theirs", Traceback = [] }, failing);
            await seen.Messages.WaitForAsync(item => item.Message.ParentMessageId == failing.MessageId, 1, cancellationToken);
            Interlocked.Increment(ref failures);
            if (!replyIsFirst) await request.ReplyRawAsync(MessageTypes.ExecuteReply, Aborted);
        });

        var execution = await PassTimeAsync(
            scripted, context.Submit("return 5"), cancellationToken, isHeld: () => Volatile.Read(ref failures) < Math.Min(Volatile.Read(ref requests), 6));

        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
        requests.Should().Be(7);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Variables_of_an_execution_are_set_and_restored_past_aborts(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var bash = LanguageProfile.Find("bash")!;
        string set = bash.SetVariables(Variables), restore = bash.RestoreVariables;
        var aborted = new HashSet<string>();
        var requests = Abort(scripted.Kernel, (code, _) => (code == set || code == restore) && aborted.Add(code));

        var execution = await PassTimeAsync(scripted, context.Submit("return 5", new() { EnvironmentVariables = Variables }), cancellationToken);
        await PassTimeAsync(scripted, context.Submit("return 6"), cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
        requests.Should().Equal(set, set, "return 5", restore, restore, "return 6");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_does_not_run_without_the_variables_of_its_execution(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var requests = Abort(scripted.Kernel, (code, _) => code != "return 5");

        var execution = await PassTimeAsync(scripted, context.Submit("return 5", new() { EnvironmentVariables = Variables }), cancellationToken);

        execution.End.Reason.Should().Be(ExecutionEndReason.Rejected);
        requests.Should().NotContain("return 5");
    }

    // The clock runs ahead of the messages. A long UnansweredAfter keeps the gateway from asking the kernel about the delay.
    private static Task<ScriptedGateway> StartAsync() => ScriptedGateway.StartAsync(scripted =>
    {
        scripted.Language = "bash";
        scripted.Options.Kernels.UnansweredAfter = TimeSpan.FromDays(40);
    });

    // Aborts the requests of which the condition, given the code and the number of the request, is true. Returns the code of all.
    private static List<string> Abort(ScriptedKernel kernel, Func<string, int, bool> isAborted)
    {
        var requests = new List<string>();
        kernel.On(MessageTypes.ExecuteRequest, request =>
        {
            var code = request.ReadContent<ExecuteRequest>().Code;
            requests.Add(code);
            return isAborted(code, requests.Count)
                ? request.ReplyRawAsync(MessageTypes.ExecuteReply, Aborted)
                : kernel.Language.ExecuteAsync(request);
        });
        return requests;
    }

    private static async Task<Execution> PassTimeAsync(
        ScriptedGateway scripted, Execution execution, CancellationToken cancellationToken, Func<bool>? isHeld = null)
    {
        await scripted.PassTimersAsync(Pause, () => execution.Ended.IsCompleted, cancellationToken, isHeld);
        return await execution.WaitAsync(cancellationToken);
    }
}
