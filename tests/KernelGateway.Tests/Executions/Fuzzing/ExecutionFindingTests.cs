using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Tests.Kernels;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions.Fuzzing;

/// <summary>
/// Executions that once caused a defect, played through a whole gateway. Messages after the harmful one must arrive, and the kernel must stay alive.
/// </summary>
public sealed class ExecutionFindingTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static IReadOnlyList<Finding> Findings => Finding.Load("executions");

    [TestCaseSource(nameof(Findings))]
    [CancelAfter(20_000)]
    public async Task A_finding_costs_at_most_its_own_message(Finding finding, CancellationToken cancellationToken)
    {
        // The clock runs ahead of the messages below. A long UnansweredAfter keeps the gateway from asking the kernel about the delay.
        await using var scripted = await ScriptedGateway.StartAsync(one => one.Options.Kernels.UnansweredAfter = TimeSpan.FromDays(40));
        var context = await scripted.CreateContextAsync(cancellationToken);
        var kernel = scripted.Kernel;
        kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            foreach (var part in finding.Parts)
            {
                var message = JupyterMessage.Create(kernel.Factory.CreateHeader(part.MessageType!), request.Message.Header, part.Bytes);
                await kernel.SendAsync(part.Channel!.Value, message, part.Channel == KernelChannel.IOPub ? [] : [request.RoutingId]);
            }
        });

        var execution = context.Submit("anything");
        await WaitForTextAsync(execution, "after", cancellationToken);

        // If the reply was lost, the grace after the idle status ends the execution.
        while (!execution.Ended.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scripted.Time.Advance(Grace);
            await Task.Yield();
        }

        var end = await execution.Ended.WaitAsync(cancellationToken);
        end.Reason.Should().Be(end.ReplySeen ? ExecutionEndReason.Completed : ExecutionEndReason.Unanswered, finding.About);
        (await execution.GetResultAsync(cancellationToken)).Logs.Stdout.Should().Equal("after");
        kernel.On(MessageTypes.ExecuteRequest, kernel.Language.ExecuteAsync);
        (await context.Submit("return 7").Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Completed);
        scripted.Processes.Items.Should().ContainSingle("the kernel was not restarted");
    }

    private static async Task WaitForTextAsync(Execution execution, string text, CancellationToken cancellationToken)
    {
        await foreach (var executionEvent in execution.ReadEventsAsync(cancellationToken: cancellationToken))
            if (executionEvent is StreamEvent stream && stream.Text == text) return;
    }
}
