using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Rare behaviour of real kernels, produced by a scripted kernel.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ScriptedExecutionTests(TestedTransport tested)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    [Test]
    [CancelAfter(30_000)]
    public async Task A_lost_idle_ends_the_execution_after_the_grace(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(NeverAsks);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.StreamAsync("stdout", "x");
            await request.ReplyOkAsync(1);
        });

        var submitted = context.Submit("anything");

        // The reply arrives on another channel and may overtake the output. After the grace the output would be late output.
        await submitted.ReadEventsAsync(0, cancellationToken).OfType<StreamEvent>().FirstAsync(cancellationToken);
        var execution = await PassTimeAsync(scripted, submitted, Grace, cancellationToken);

        string.Concat(execution.Logs.Stdout).Should().Be("x");
        execution.End.Should().Match<ExecutionEnd>(end => end.ReplySeen && !end.IdleSeen && !end.IsComplete);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_lost_reply_ends_the_execution_after_the_grace(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(NeverAsks);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.IdleAsync();
        });

        var execution = await PassTimeAsync(scripted, context.Submit("anything"), Grace, cancellationToken);

        execution.End.Should().Match<ExecutionEnd>(end => !end.ReplySeen && end.IdleSeen && !end.IsComplete);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task One_request_at_a_time_is_in_the_kernel(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var first = context.Submit("wait gate");
        var others = Enumerable.Range(0, 10).Select(i => context.Submit($"return {i}")).ToList();
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        Requests(scripted).Should().Be(1);
        others.Select(execution => execution.Status).Should().AllBeEquivalentTo(ExecutionStatus.Queued);
        scripted.Kernel.Release("gate");

        await first.Ended;
        foreach (var execution in others) (await execution.Ended).Reason.Should().Be(ExecutionEndReason.Completed);
        Requests(scripted).Should().Be(11);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Code_that_ignores_interrupts_is_interrupted_twice_and_then_ended_by_a_restart(
        CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var process = scripted.Process;
        process.HandlesInterrupts = false;
        var grace = scripted.Options.Kernels.InterruptGrace;
        var execution = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        var interrupting = execution.InterruptAsync(cancellationToken);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            await process.Signals.WaitForAsync(signal => signal == "SIGINT", attempt, cancellationToken);
            await scripted.Time.WaitForTimerAsync(grace, cancellationToken);
            scripted.Time.Advance(grace);
        }

        (await interrupting).Should().BeTrue();
        var end = await execution.Ended;
        end.Reason.Should().Be(ExecutionEndReason.Interrupted);
        end.IsStatePreserved.Should().BeFalse();
        scripted.Processes.Count.Should().Be(2);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_time_limit_counts_from_the_moment_the_kernel_gets_the_code(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var limit = TimeSpan.FromSeconds(7);
        var first = context.Submit("wait gate");
        var limited = context.Submit("wait other", new ExecutionOptions { Timeout = limit });
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        scripted.Time.Advance(limit * 2);
        limited.Status.Should().Be(ExecutionStatus.Queued, "the time limit does not include the wait");

        scripted.Kernel.Release("gate");
        await first.Ended;
        await limited.ReadEventsAsync(0, cancellationToken).OfType<StartedEvent>().FirstAsync(cancellationToken);
        scripted.Time.Advance(limit);

        (await limited.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.TimedOut);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_forged_message_is_dropped_counted_in_the_log_and_changes_nothing(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            scripted.Kernel.Tamper = outgoing =>
                outgoing.Message.MessageType == MessageTypes.Stream ? WithSignature(outgoing, new string('0', 64)) : outgoing.Frames;
            await request.StreamAsync("stdout", "forged secret");
            scripted.Kernel.Tamper = null;
            await request.StreamAsync("stdout", "genuine");
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });

        var execution = await context.RunAsync("anything", cancellationToken: cancellationToken);

        string.Concat(execution.Logs.Stdout).Should().Be("genuine");
        (await scripted.Log.WaitForAsync(3201, cancellationToken)).ToString().Should().NotContain("secret");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Output_of_another_clients_request_is_not_part_of_the_execution(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await scripted.Kernel.PublishAsync(new Protocol.Messages.IOPub.StreamOutput { Name = "stdout", Text = "theirs" });
            await request.StreamAsync("stdout", "ours");
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });

        var execution = await context.RunAsync("anything", cancellationToken: cancellationToken);

        string.Concat(execution.Logs.Stdout).Should().Be("ours");
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(180_000)]
    public async Task A_flood_reaches_a_reader_that_comes_late_whole_and_in_order(CancellationToken cancellationToken)
    {
        const int Lines = 100_000;
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.Contexts.JournalMemoryBytes = 64 * 1024);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            for (var i = 0; i < Lines; i++)
            {
                // The socket drops messages for a subscriber that is 1000 messages behind, so the kernel waits for the gateway.
                await request.StreamAsync("stdout", $"{i}\n");
                if (i % 100 == 99) await FloodControl.WaitUntilJournalledAsync(context, i + 1, cancellationToken);
            }

            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });

        var execution = context.Submit("flood");
        await execution.Ended.WaitAsync(cancellationToken);

        var next = 0;
        await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken))
        {
            if (executionEvent is StreamEvent stream) stream.Text.Should().Be($"{next++}\n");
        }

        next.Should().Be(Lines);
        execution.Journal.MemoryBytes.Should().BeLessThanOrEqualTo(64 * 1024);
    }

    // The grace may start again with each message, so the clock advances until the execution has ended.
    private static async Task<Execution> PassTimeAsync(ScriptedGateway scripted, Execution execution, TimeSpan within, CancellationToken token)
    {
        await scripted.PassTimersAsync(within, () => execution.Ended.IsCompleted, token);
        return await execution.WaitAsync(token);
    }

    // The clock runs ahead of the messages. A long UnansweredAfter keeps the gateway from asking the kernel about the delay.
    private static void NeverAsks(ScriptedGateway scripted) => scripted.Options.Kernels.UnansweredAfter = TimeSpan.FromDays(40);

    private static int Requests(ScriptedGateway scripted) =>
        scripted.Kernel.Received.Items.Count(received => received.Message!.MessageType == MessageTypes.ExecuteRequest);

    private static ReadOnlyMemory<byte>[] WithSignature(OutgoingMessage outgoing, string signature)
    {
        var frames = outgoing.Frames.ToArray();
        var delimiter = Array.FindIndex(frames, frame => frame.Span.SequenceEqual("<IDS|MSG>"u8));
        frames[delimiter + 1] = System.Text.Encoding.ASCII.GetBytes(signature);
        return frames;
    }
}
