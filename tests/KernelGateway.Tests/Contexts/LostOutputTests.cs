using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Messages of a kernel that the gateway cannot take.</summary>
public sealed class LostOutputTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task End_reports_a_message_lost_because_of_a_limit(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(gateway => gateway.Clock = TimeProvider.System);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();

            // A frame more than is accepted: the connection ends, and the next one has its subscription anew.
            await scripted.Kernel.SendFramesAsync(KernelChannel.IOPub, new ReadOnlyMemory<byte>[10_001], cancellationToken);
            await scripted.Kernel.WaitForSubscriberAsync(2, cancellationToken);
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
}
