using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>The round trip after an interrupt, which ensures that the interrupt does not hit the next code.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class InterruptSettlingTests(TestedTransport tested)
{
    private static readonly TimeSpan AbortsAfterFailure = TimeSpan.FromMilliseconds(250);

    [Test]
    [CancelAfter(30_000)]
    public async Task A_request_whose_reply_the_interrupt_prevented_is_sent_again_before_the_next_code(
        CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var grace = scripted.Options.Kernels.CompletionGrace;
        var kernel = scripted.Kernel;
        kernel.On(MessageTypes.ExecuteRequest, WaitForInterruptAsync);
        var execution = context.Submit("first");
        await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        kernel.On(MessageTypes.ExecuteRequest, kernel.Language.ExecuteAsync);
        var questions = Count(kernel, MessageTypes.KernelInfoRequest);
        var asked = 0;
        kernel.On(
            MessageTypes.KernelInfoRequest,
            request => ++asked == 1 ? Task.CompletedTask : request.ReplyAsync(new KernelInfoReply { ProtocolVersion = "5.4" }));
        var behind = context.Submit("return 1");

        (await execution.InterruptAsync(cancellationToken)).Should().BeTrue();
        await kernel.WaitForRequestAsync(MessageTypes.KernelInfoRequest, questions + 1, cancellationToken);

        // The first timer of that length was set for the missing half of the interrupted execution's end.
        await scripted.Time.WaitForTimerAsync(grace, 2, cancellationToken);
        Count(kernel, MessageTypes.ExecuteRequest).Should().Be(1, "the gateway does not know yet whether the interrupt has arrived");
        scripted.Time.Advance(grace);

        (await behind.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Completed);
        Count(kernel, MessageTypes.KernelInfoRequest).Should().Be(questions + 2);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_kernel_that_defers_interrupts_is_asked_before_and_gets_code_that_receives_them(
        CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(one => one.Program = "tslab");
        var context = await scripted.CreateContextAsync(cancellationToken);
        var kernel = scripted.Kernel;
        var ran = new List<string>();
        kernel.On(MessageTypes.ExecuteRequest, request =>
        {
            var content = request.ReadContent<ExecuteRequest>();
            ran.Add(content.IsSilent ? "silent" : content.Code);

            // The interrupt takes effect in the code after the one that it was meant for.
            if (ran.Count == 1) return WaitForInterruptAsync(request);
            return ran.Count == 2 ? FailAsync(request) : kernel.Language.ExecuteAsync(request);
        });
        var execution = context.Submit("first");
        await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var behind = context.Submit("return 1");

        var interrupting = execution.InterruptAsync(cancellationToken);
        for (var wait = 1; wait <= 3; wait++)
        {
            await scripted.Time.WaitForTimerAsync(AbortsAfterFailure, wait, cancellationToken);
            scripted.Time.Advance(AbortsAfterFailure);
        }

        (await interrupting).Should().BeTrue();
        (await behind.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Completed);
        ran.Should().Equal("first", "silent", "silent", "return 1");
        var order = kernel.Received.Items.Select(received => (received.Channel, received.Message?.MessageType)).ToList();
        order.Should().Contain((KernelChannel.Control, MessageTypes.KernelInfoRequest), "the interrupt is sent after the kernel answers on control");
        scripted.Process.Signals.Items.Should().Equal("SIGINT");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_kernel_that_an_interrupt_makes_unusable_is_repaired_although_no_code_of_the_gateway_follows(
        CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(one => one.Program = "octave_kernel");
        var context = await scripted.CreateContextAsync(cancellationToken);

        await context.Kernel.InterruptAsync(cancellationToken);

        var sent = await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        sent.ReadContent<ExecuteRequest>().Should().BeEquivalentTo(new { IsSilent = true, StoreHistory = false });
        scripted.Process.Signals.Items.Should().Equal("SIGINT");
    }

    private static int Count(ScriptedKernel kernel, string messageType) =>
        kernel.Received.Items.Count(received => received.Message?.MessageType == messageType);

    private static async Task WaitForInterruptAsync(KernelRequest request)
    {
        await request.BusyAsync();
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (request.Interrupted.Register(interrupted.SetResult)) await interrupted.Task;
        await FailAsync(request);
    }

    private static async Task FailAsync(KernelRequest request)
    {
        await request.ReplyErrorAsync(1, "KeyboardInterrupt", "");
        await request.IdleAsync();
    }
}
