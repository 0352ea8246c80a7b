using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Each cause that stops an execution, tested through a context.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ExecutionStopTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_answer_to_an_interrupt_says_that_code_which_caught_it_ran_to_its_end(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using (request.Interrupted.Register(interrupted.SetResult)) await interrupted.Task;
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });
        var execution = context.Submit("catches it");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        (await execution.InterruptAsync(cancellationToken)).Should().BeFalse("the code caught the interrupt and ended normally");

        (await execution.Ended).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Completed && end.StoppedBy == ExecutionStopCause.Request);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_execution_removed_from_the_queue_has_its_stop_cause(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var first = context.Submit("wait gate");
        var waiting = context.Submit("return 1");

        (await waiting.InterruptAsync(ExecutionStopCause.Disconnect, cancellationToken)).Should().BeTrue();

        (await waiting.Ended).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Interrupted && end.StoppedBy == ExecutionStopCause.Disconnect);
        scripted.Kernel.Release("gate");
        await first.Ended.WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_flood_beyond_the_limit_is_ended_by_a_restart_when_the_time_is_over_and_nothing_of_it_is_kept(
        CancellationToken cancellationToken)
    {
        const int Limit = 1000;
        await using var scripted = await tested.StartGatewayAsync(one => one.Options.Contexts.MaxOutputBytes = Limit);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var process = scripted.Process;
        process.HandlesInterrupts = false;
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            while (!request.Interrupted.IsCancellationRequested)
            {
                await request.StreamAsync("stdout", new string('x', 100));
                await Task.Yield();
            }
        });
        var execution = context.Submit("floods");
        var grace = scripted.Options.Kernels.InterruptGrace;
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await process.Signals.WaitForAsync(signal => signal == "SIGINT", attempt, cancellationToken);
            await scripted.Time.WaitForTimerAsync(grace, attempt, cancellationToken);
            scripted.Time.Advance(grace);
        }

        var end = await execution.Ended.WaitAsync(cancellationToken);

        end.Should().Match<ExecutionEnd>(one => one.Reason == ExecutionEndReason.Interrupted && one.StoppedBy == ExecutionStopCause.OutputLimit
            && !one.IsComplete && one.DroppedEvents > 0 && one.DroppedBytes > one.DroppedEvents);
        execution.Journal.TotalBytes.Should().BeLessThan(2 * Limit, "only the end event was added after the limit");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_that_is_asked_for_without_being_allowed_is_answered_once_at_a_time_and_the_rest_is_counted(CancellationToken cancellationToken)
    {
        const int Asked = 5000;
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            var question = scripted.Kernel.Factory.Create(
                MessageTypes.InputRequest, """{"prompt":"?","password":false}"""u8.ToArray(), request.Message);
            for (var i = 0; i < Asked; i++) await scripted.Kernel.SendAsync(KernelChannel.Stdin, question, [request.RoutingId]);
            await scripted.Kernel.Received.WaitForAsync(one => one.Message?.MessageType == MessageTypes.InputReply, 1, cancellationToken);
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });

        (await context.RunAsync("asks", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        var answers = scripted.Kernel.Received.Items.Count(one => one.Message?.MessageType == MessageTypes.InputReply);
        answers.Should().BeLessThan(Asked);
        (await scripted.Log.WaitForAsync(4110, cancellationToken)).ToString().Should().Contain("dropped");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task The_cell_behind_one_that_made_the_kernel_exit_waits_for_the_new_kernel(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.ReplyAsync(new ExecuteReply
            {
                ExecutionCount = 1, Payload = [new JObject { ["source"] = "ask_exit", ["keepkernel"] = false }],
            });
            await request.IdleAsync();
        });
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        var exit = context.Submit("exit()");
        var next = context.Submit("return 2");

        (await exit.Ended.WaitAsync(cancellationToken)).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Completed && !end.IsStatePreserved && end.Message!.Contains("exit"));
        (await next.WaitAsync(cancellationToken)).Text.Should().Be("2");
        scripted.Processes.Count.Should().Be(2);
        seen.States.Items.Select(one => one.State).Should().Contain(KernelState.Restarting);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_ipykernel_is_woken_by_a_message_after_the_signal_of_any_client([Values] bool isJupyterClient, CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(one => one.Program = "ipykernel");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("wait gate");
        await execution.ReadEventsAsync(0, cancellationToken).OfType<StartedEvent>().FirstAsync(cancellationToken);

        if (isJupyterClient) await context.Kernel.InterruptAsync(cancellationToken);
        else await execution.InterruptAsync(cancellationToken);
        await execution.Ended.WaitAsync(cancellationToken);
        await context.RunAsync("return 1", cancellationToken: cancellationToken);

        scripted.Process.Signals.Items.Should().Equal("SIGINT");
        scripted.Kernel.Received.Items.SkipWhile(one => !IsCode(one.Message, "wait gate")).Skip(1)
            .First(one => one.Channel == KernelChannel.Shell).Message!.MessageType.Should().Be(MessageTypes.KernelInfoRequest);
    }

    private static bool IsCode(JupyterMessage? message, string code) =>
        message?.MessageType == MessageTypes.ExecuteRequest && message.ReadContent<ExecuteRequest>().Code == code;
}
