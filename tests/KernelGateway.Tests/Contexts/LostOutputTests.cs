using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Guarding;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Messages of a kernel that the gateway cannot receive because of a limit.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class LostOutputTests(TestedTransport tested)
{
    // Two copies of the first output and the second output do not fit into 50 MiB together. The second one alone does.
    private const int FirstBytes = 12 << 20;
    private const int SecondBytes = 28 << 20;

    [Test]
    [Category("Slow")]
    [CancelAfter(30_000)]
    public async Task End_reports_a_message_lost_because_of_a_limit(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Clock = TimeProvider.System);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();

            // One frame more than the limit. The gateway's own transport closes the connection and subscribes again on the next one.
            await scripted.Kernel.SendFramesAsync(KernelChannel.IOPub, new ReadOnlyMemory<byte>[10_001], cancellationToken);
            if (tested.RefusalEndsConnection) await scripted.Kernel.WaitForSubscriberAsync(2, cancellationToken);
            await request.StreamAsync("stdout", "behind");
            await request.IdleAsync();
            await request.ReplyOkAsync(1);
        });

        var execution = await context.RunAsync("anything", cancellationToken: cancellationToken);

        execution.End.Should().Match<ExecutionEnd>(end => end.ReplySeen && end.IdleSeen && !end.IsComplete);
        execution.End.Reason.Should().Be(ExecutionEndReason.Completed);
        execution.End.Message.Should().StartWith("Output was lost").And.Contain("10000 frames");
        string.Concat(execution.Logs.Stdout).Should().Be("behind");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Output_for_which_there_is_no_memory_is_lost_while_that_of_another_kernel_arrives(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway =>
        {
            gateway.Clock = TimeProvider.System;
            gateway.Options.MaxMemory = 50 << 20;
        });
        var first = await scripted.CreateContextAsync(cancellationToken);
        Print(scripted.Kernel, FirstBytes, cancellationToken);
        var second = await scripted.CreateContextAsync(cancellationToken);
        Print(scripted.Kernel, SecondBytes, cancellationToken);

        // The first observer blocks: its queue holds a copy of the first output, and the gateway holds the received message meanwhile. The second
        // observer reports that the message has arrived.
        using var blocked = new FaultyObserver { Blocks = true };
        var seen = new LargeMessageObserver();
        using var holding = first.Kernel.Observe(blocked);
        using var telling = first.Kernel.Observe(seen);
        var held = first.Submit("anything");
        await seen.Seen.WaitAsync(cancellationToken);

        var lost = await second.RunAsync("anything", cancellationToken: cancellationToken);
        blocked.Release();
        var arrived = await held.WaitAsync(cancellationToken);
        var again = await second.RunAsync("anything", cancellationToken: cancellationToken);

        lost.End.IsComplete.Should().BeFalse();
        lost.End.Message.Should().StartWith("Output was lost").And.Contain("no memory left");
        string.Concat(lost.Logs.Stdout).Should().Be("behind");
        arrived.End.IsComplete.Should().BeTrue();
        arrived.Logs.Stdout.Sum(text => text.Length).Should().Be(FirstBytes + "behind".Length);
        again.Logs.Stdout.Sum(text => text.Length).Should().Be(SecondBytes + "behind".Length, "memory is available again");
        await scripted.Log.WaitForAsync(3204, cancellationToken);
        await scripted.Gateway.Contexts.RemoveAsync(first.Id);
        await scripted.Gateway.Contexts.RemoveAsync(second.Id);
        scripted.Gateway.Memory.UsedBytes.Should().BeLessThan(100_000, "only small executions are retained");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task End_reports_that_the_connection_of_the_output_has_ended_and_is_back(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Clock = TimeProvider.System);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await scripted.Kernel.CutAsync(KernelChannel.IOPub, cancellationToken);
            await scripted.Kernel.WaitForSubscriberAsync(2, cancellationToken);
            await request.StreamAsync("stdout", "behind");
            await request.IdleAsync();
            await request.ReplyOkAsync(1);
        });

        var interrupted = await context.RunAsync("anything", cancellationToken: cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.IdleAsync();
            await request.ReplyOkAsync(2);
        });
        var next = await context.RunAsync("anything", cancellationToken: cancellationToken);

        interrupted.End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && !end.IsComplete);
        interrupted.End.Message.Should().StartWith("Output may be lost");
        next.End.Should().Match<ExecutionEnd>(end => end.IsComplete && end.Message == null);
        await scripted.Log.WaitForAsync(3206, cancellationToken);
    }

    // Prints the given number of bytes and "behind". The gateway refuses the larger output, so "behind" is sent after a reconnect.
    private void Print(ScriptedKernel kernel, int bytes, CancellationToken cancellationToken) =>
        kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            await request.StreamAsync("stdout", new string('x', bytes));
            if (bytes == SecondBytes && tested.RefusalEndsConnection) await kernel.WaitForSubscriberAsync(2, cancellationToken);
            await request.StreamAsync("stdout", "behind");
            await request.IdleAsync();
            await request.ReplyOkAsync(1);
        });

    private sealed class LargeMessageObserver : IKernelObserver
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public void OnMessage(KernelChannel channel, JupyterMessage message)
        {
            if (message.RawContent.Length >= FirstBytes) _seen.TrySetResult();
        }

        public void OnStateChanged(KernelState state, string? reason)
        {
        }
    }
}
