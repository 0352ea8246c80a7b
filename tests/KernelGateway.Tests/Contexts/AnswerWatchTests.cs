using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Notebooks;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Kernels that are alive but do not answer are distinguished from kernels that are computing.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class AnswerWatchTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_request_that_the_kernel_drops_ends_as_unanswered_and_the_next_one_runs(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.Ignore(MessageTypes.ExecuteRequest);
        var execution = context.Submit("dropped");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        var end = await PassTimeUntilEndAsync(scripted, execution, cancellationToken);

        end.Should().Match<ExecutionEnd>(one => one.Reason == ExecutionEndReason.Unanswered && !one.ReplySeen && !one.IsComplete && one.IsStatePreserved);
        end.Message.Should().Contain("The context can be used");
        scripted.Kernel.On(MessageTypes.ExecuteRequest, scripted.Kernel.Language.ExecuteAsync);
        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        scripted.Processes.Count.Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_cell_that_was_begun_and_is_passed_over_ends_as_unanswered([Values] bool answersInOrder, CancellationToken cancellationToken)
    {
        // The gateway knows that ipykernel answers kernel_info requests only after running code. For unknown programs it finds out.
        await using var scripted = await StartAsync(one => one.Program = answersInOrder ? "ipykernel" : "scripted");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var seen = new AwaitableLog<string>();
        scripted.Kernel.On(MessageTypes.ExecuteRequest, request =>
        {
            var code = request.ReadContent<ExecuteRequest>().Code;
            seen.Add(code);
            return code == "closes stdout" ? request.BusyAsync() : scripted.Kernel.Language.ExecuteAsync(request);
        });
        var execution = context.Submit("closes stdout");
        await seen.WaitForAsync(code => code == "closes stdout", 1, cancellationToken);

        (await PassTimeUntilEndAsync(scripted, execution, cancellationToken)).Reason.Should().Be(ExecutionEndReason.Unanswered);

        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        seen.Items.SkipWhile(code => code != "closes stdout").Should().Equal(
            answersInOrder ? ["closes stdout", "return 5"] : ["closes stdout", "", "return 5"]);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_computes_is_left_to_it_though_control_answers(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("wait gate\nreturn 7");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var before = Questions(scripted, KernelChannel.Shell);
        await WaitForFirstQuestionAsync(scripted, KernelChannel.Shell, cancellationToken);

        for (var minute = 0; minute < 60; minute++) scripted.Time.Advance(TimeSpan.FromMinutes(1));

        execution.Status.Should().Be(ExecutionStatus.Running);
        scripted.Kernel.Release("gate");
        (await execution.WaitAsync(cancellationToken)).Text.Should().Be("7");
        Questions(scripted, KernelChannel.Shell).Should().Be(before + 1, "one request queued after the code is enough, however long the code runs");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_answers_requests_beside_running_code_does_not_count_as_unanswering(
        CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        // Like tslab while a cell awaits: execute requests wait in a queue, kernel_info requests are answered at once.
        var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var codes = 0;
        var before = ending.Task;
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.ExecuteInputAsync(++codes);
            before = EndBehindAsync(before, codes);

            async Task EndBehindAsync(Task earlier, int code)
            {
                await earlier;
                if (code == 1) await request.StreamAsync("stdout", "done");
                await request.ReplyOkAsync(code);
                await request.IdleAsync();
            }
        });
        var execution = context.Submit("awaits");
        await execution.ReadEventsAsync(0, cancellationToken).OfType<StartedEvent>().FirstAsync(cancellationToken);
        await PassTimeAsync(scripted, () => codes == 2, cancellationToken);
        for (var minute = 0; minute < 10; minute++) scripted.Time.Advance(TimeSpan.FromMinutes(1));
        execution.Status.Should().Be(ExecutionStatus.Running);

        ending.SetResult();
        (await execution.WaitAsync(cancellationToken)).End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && end.IsComplete);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_begins_a_moment_after_it_has_answered_on_control_does_not_count_as_unanswering(
        CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await begin.Task.WaitAsync(request.Interrupted);
            await scripted.Kernel.Language.ExecuteAsync(request);
        });
        var execution = context.Submit("return 3");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var grace = scripted.Options.Kernels.CompletionGrace;
        await WaitForFirstQuestionAsync(scripted, KernelChannel.Control, cancellationToken);
        await scripted.Time.WaitForTimerAsync(grace, cancellationToken);

        begin.SetResult();
        (await execution.WaitAsync(cancellationToken)).Text.Should().Be("3");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_time_limit_that_passed_is_the_reason_of_an_unanswered_execution(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync(one => one.Options.Kernels.InterruptGrace = TimeSpan.FromHours(1));
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.Ignore(MessageTypes.ExecuteRequest);
        var execution = context.Submit("dropped", new ExecutionOptions { Timeout = TimeSpan.FromSeconds(3) });
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        (await PassTimeUntilEndAsync(scripted, execution, cancellationToken)).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.TimedOut && end.StoppedBy == ExecutionStopCause.TimeLimit && end.IsStatePreserved);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_notebook_stops_at_a_cell_that_the_kernel_does_not_answer(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.IdleAsync();
        });
        var running = NotebookRunner.RunAsync(context, NotebookJson.Of("first", "second"), cancellationToken: cancellationToken);

        await scripted.PassTimersAsync(scripted.Options.Kernels.CompletionGrace, () => running.IsCompleted, cancellationToken);

        var run = await running;
        (run.Reason, run.IsComplete, run.Failure!.Error.Name).Should().Be((ExecutionEndReason.Unanswered, false, "ExecutionUnanswered"));
        scripted.Kernel.Received.Items.Count(one => one.Message?.MessageType == MessageTypes.ExecuteRequest).Should().Be(1);
    }

    private static async Task<ExecutionEnd> PassTimeUntilEndAsync(
        ScriptedGateway scripted, Execution execution, CancellationToken cancellationToken)
    {
        await PassTimeAsync(scripted, () => execution.Ended.IsCompleted, cancellationToken);
        return await execution.Ended;
    }

    // Each step of the watch sets its own timer, so the clock advances from timer to timer until the watch has ended.
    private static async Task PassTimeAsync(ScriptedGateway scripted, Func<bool> isOver, CancellationToken cancellationToken)
    {
        await WaitForFirstQuestionAsync(scripted, KernelChannel.Shell, cancellationToken);
        await scripted.PassTimersAsync(scripted.Options.Kernels.UnansweredAfter, isOver, cancellationToken);
    }

    private Task<ScriptedGateway> StartAsync(Action<ScriptedGateway>? configure = null) => tested.StartGatewayAsync(one =>
    {
        one.Options.Kernels.RequestTimeout = TimeSpan.FromHours(1);
        configure?.Invoke(one);
    });

    private static async Task WaitForFirstQuestionAsync(ScriptedGateway scripted, KernelChannel channel, CancellationToken cancellationToken)
    {
        var asked = Questions(scripted, channel);
        await scripted.Time.WaitForTimerAsync(scripted.Options.Kernels.UnansweredAfter, cancellationToken);
        scripted.Time.Advance(scripted.Options.Kernels.UnansweredAfter);
        await scripted.Kernel.Received.WaitForAsync(one => IsQuestion(one, channel), asked + 1, cancellationToken);
    }

    private static int Questions(ScriptedGateway scripted, KernelChannel channel) =>
        scripted.Kernel.Received.Items.Count(one => IsQuestion(one, channel));

    private static bool IsQuestion(ReceivedMessage received, KernelChannel channel) =>
        received.Channel == channel && received.Message?.MessageType == MessageTypes.KernelInfoRequest;
}
