using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class KernelObservationTests(TestedTransport tested)
{
    private readonly MessageFactory _client = MessageFactory.StartSession("somebody");

    [Test]
    [CancelAfter(30_000)]
    public async Task An_observer_sees_everybodys_messages_but_not_the_gateways_own_questions(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var foreign = _client.Create(new ExecuteRequest { Code = "print theirs" });

        await context.RunAsync("print ours", cancellationToken: cancellationToken);
        await context.Kernel.Client.GetKernelInfoAsync(cancellationToken);
        await context.Kernel.SendAsync(KernelChannel.Shell, foreign, cancellationToken);
        await seen.WaitForIdleAsync(foreign.MessageId, cancellationToken);

        var messages = seen.Messages.Items.Select(item => item.Message).ToArray();
        messages.Where(message => message.MessageType == MessageTypes.Stream).Select(message => (string?)message.Content["text"])
            .Should().Equal("ours\n", "theirs\n");
        messages.Should().NotContain(message => message.MessageType == MessageTypes.KernelInfoReply);
        await seen.Messages.WaitForAsync(
            item => item.Channel == KernelChannel.Shell && item.Message.ParentMessageId == foreign.MessageId, 1, cancellationToken);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Statuses_behind_the_reply_to_a_question_of_the_gateways_own_are_not_shown_either(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var replied = new TaskCompletionSource<JupyterMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayGoIdle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.Kernel.On(MessageTypes.KernelInfoRequest, async request =>
        {
            await request.ReplyAsync(new KernelInfoReply { ProtocolVersion = "5.3" });
            replied.SetResult(request.Message);
            await mayGoIdle.Task;
            await request.IdleAsync();
        });

        await context.Kernel.Client.GetKernelInfoAsync(cancellationToken);
        var question = await replied.Task;
        mayGoIdle.SetResult();
        await context.RunAsync("print ours", cancellationToken: cancellationToken);

        await seen.Messages.WaitForAsync(item => item.Message.MessageType == MessageTypes.Stream, cancellationToken);
        seen.Messages.Items.Should().NotContain(item => item.Message.ParentMessageId == question.MessageId);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_answer_to_the_gateways_subscription_is_not_shown_whenever_it_comes(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);

        await scripted.Kernel.SendAsync(KernelChannel.IOPub, scripted.Kernel.Factory.Create(new IOPubWelcome { Subscription = "" }), []);
        await context.RunAsync("print ours", cancellationToken: cancellationToken);

        await seen.Messages.WaitForAsync(item => item.Message.MessageType == MessageTypes.Stream, cancellationToken);
        seen.Messages.Items.Should().NotContain(item => item.Message.MessageType == MessageTypes.IOPubWelcome);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Observation_continues_over_a_death_and_reports_the_reason(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);

        await scripted.Process.ExitAsync(new KernelExit(null, 9));
        await seen.States.WaitForAsync(change => change.State == KernelState.Ready, 1, cancellationToken);
        await context.RunAsync("print again", cancellationToken: cancellationToken);
        await seen.Messages.WaitForAsync(item => item.Message.MessageType == MessageTypes.Stream, cancellationToken);

        seen.States.Items.Select(change => change.State).Should().Equal(KernelState.Restarting, KernelState.Ready);
        seen.States.Items[0].Reason.Should().Contain("SIGKILL");
        context.Kernel.LastFailure.Should().Be(seen.States.Items[0].Reason);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Messages_sent_during_a_restart_reach_the_new_process(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var message = _client.Create(new ExecuteRequest { Code = "print again" });
        var sending = Task.CompletedTask;
        var seen = new SeenMessages
        {
            Changing = state =>
            {
                if (state == KernelState.Restarting) sending = context.Kernel.SendAsync(KernelChannel.Shell, message, cancellationToken);
            },
        };
        using var observation = context.Kernel.ObserveDirectly(seen);

        await context.Kernel.RestartAsync(cancellationToken);
        await sending;
        await seen.WaitForIdleAsync(message.MessageId, cancellationToken);

        scripted.Processes.Items.Should().HaveCount(2);
        scripted.Kernel.Received.Items.Should().Contain(received => received.Message != null && received.Message.MessageId == message.MessageId);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Activity_follows_code_and_not_questions_about_the_kernel(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var activity = context.Kernel.Activity;
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        activity.ExecutionState.Should().Be("idle");
        var begin = activity.LastActivity;

        scripted.Time.Advance(TimeSpan.FromMinutes(1));
        var question = _client.Create(new KernelInfoRequest());
        await context.Kernel.SendAsync(KernelChannel.Shell, question, cancellationToken);
        await seen.WaitForIdleAsync(question.MessageId, cancellationToken);
        activity.LastActivity.Should().Be(begin);

        var code = _client.Create(new ExecuteRequest { Code = "print x\nwait gate" });
        await context.Kernel.SendAsync(KernelChannel.Shell, code, cancellationToken);
        await seen.Messages.WaitForAsync(item => item.Message.MessageType == MessageTypes.Stream, 1, cancellationToken);
        activity.IsBusy.Should().BeTrue();
        activity.LastActivity.Should().Be(begin + TimeSpan.FromMinutes(1));

        scripted.Kernel.Release("gate");
        await seen.WaitForIdleAsync(code.MessageId, cancellationToken);
        activity.ExecutionState.Should().Be("idle");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task An_execution_waits_for_code_of_others_and_its_interrupt_does_not_hit_that(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var foreign = _client.Create(new ExecuteRequest { Code = "wait gate\nprint done" });
        await context.Kernel.SendAsync(KernelChannel.Shell, foreign, cancellationToken);

        var execution = context.Submit("print mine");
        await scripted.Kernel.Received.WaitForAsync(
            received => received.Message?.MessageType == MessageTypes.KernelInfoRequest, 2, cancellationToken);
        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();
        var behind = context.Submit("print mine too");
        scripted.Kernel.Release("gate");

        (await execution.Ended).Reason.Should().Be(ExecutionEndReason.Interrupted);
        (await behind.WaitAsync(cancellationToken)).Text.Should().BeNull();
        behind.End!.Reason.Should().Be(ExecutionEndReason.Completed);
        await seen.WaitForIdleAsync(foreign.MessageId, cancellationToken);
        await seen.Messages.WaitForAsync(item => item.Message.MessageType == MessageTypes.Stream, 2, cancellationToken);
        seen.Messages.Items.Where(item => item.Message.MessageType == MessageTypes.Stream)
            .Select(item => (string?)item.Message.Content["text"]).Should().Equal("done\n", "mine too\n");
        scripted.Process.Signals.Items.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Code_sent_behind_a_failure_waits_until_the_kernel_has_done_with_aborting(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var answers = HoldAnswers(scripted);
        var failing = _client.Create(new ExecuteRequest { Code = "raise ValueError no" });
        await context.Kernel.SendAsync(KernelChannel.Shell, failing, cancellationToken);
        await seen.WaitForIdleAsync(failing.MessageId, cancellationToken);

        var next = _client.Create(new ExecuteRequest { Code = "print next" });
        var other = MessageFactory.StartSession("somebody else").Create(new ExecuteRequest { Code = "print other" });
        var sending = context.Kernel.SendAsync(KernelChannel.Shell, next, cancellationToken);
        var sendingOther = context.Kernel.SendAsync(KernelChannel.Shell, other, cancellationToken);
        await scripted.Kernel.Received.WaitForAsync(
            received => received.Message?.MessageType == MessageTypes.KernelInfoRequest, 2, cancellationToken);
        sending.IsCompleted.Should().BeFalse();
        sendingOther.IsCompleted.Should().BeFalse();
        answers.SetResult();

        await sending;
        await sendingOther;
        await seen.WaitForIdleAsync(next.MessageId, cancellationToken);
        await seen.WaitForIdleAsync(other.MessageId, cancellationToken);
        QuestionsOf(scripted).Should().Be(2, "there is one request at the start and one after the failure");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Code_sent_behind_a_failure_does_not_wait_for_a_kernel_that_answers_nothing(CancellationToken cancellationToken)
    {
        var grace = TimeSpan.FromSeconds(77);
        await using var scripted = await tested.StartGatewayAsync(scripted => scripted.Options.Kernels.CompletionGrace = grace);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        scripted.Kernel.Ignore(MessageTypes.KernelInfoRequest);
        var failing = _client.Create(new ExecuteRequest { Code = "raise ValueError no" });
        await context.Kernel.SendAsync(KernelChannel.Shell, failing, cancellationToken);
        await seen.WaitForIdleAsync(failing.MessageId, cancellationToken);

        var next = _client.Create(new ExecuteRequest { Code = "print next" });
        var graces = scripted.Time.CountTimers(grace);
        var sending = context.Kernel.SendAsync(KernelChannel.Shell, next, cancellationToken);
        await scripted.Time.WaitForTimerAsync(grace, graces + 1, cancellationToken);
        scripted.Time.Advance(grace);

        await sending;
        await seen.WaitForIdleAsync(next.MessageId, cancellationToken);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Code_that_could_not_be_sent_is_not_waited_for(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var questions = QuestionsOf(scripted);
        var unsent = _client.Create(new ExecuteRequest { Code = "print never" });

        await FluentActions.Awaiting(() => context.Kernel.SendAsync(KernelChannel.Shell, unsent, new CancellationToken(canceled: true)))
            .Should().ThrowAsync<OperationCanceledException>();
        await context.RunAsync("return 1", cancellationToken: cancellationToken);

        QuestionsOf(scripted).Should().Be(questions, "there is no external code in flight to wait for");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Messages_that_are_no_code_pass_at_once_behind_a_failure(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var failing = _client.Create(new ExecuteRequest { Code = "raise ValueError no" });
        await context.Kernel.SendAsync(KernelChannel.Shell, failing, cancellationToken);
        await seen.WaitForIdleAsync(failing.MessageId, cancellationToken);

        await context.Kernel.SendAsync(KernelChannel.Shell, _client.Create(new CompleteRequest { Code = "pri", CursorPosition = 3 }), cancellationToken);

        await scripted.Kernel.WaitForRequestAsync(MessageTypes.CompleteRequest, cancellationToken);
        QuestionsOf(scripted).Should().Be(1, "no message was held back, so no request was sent");
    }

    private static int QuestionsOf(ScriptedGateway scripted) =>
        scripted.Kernel.Received.Items.Count(received => received.Message?.MessageType == MessageTypes.KernelInfoRequest);

    // The kernel answers kernel_info requests when the returned source completes.
    private static TaskCompletionSource HoldAnswers(ScriptedGateway scripted)
    {
        var answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.Kernel.On(MessageTypes.KernelInfoRequest, async request =>
        {
            await answers.Task;
            await request.ReplyAsync(new KernelInfoReply { ProtocolVersion = "5.3" });
        });
        return answers;
    }
}
