using System.Runtime.CompilerServices;
using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>Executions that are first in the queue and whose code has not been sent, and what remains of executions afterwards.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class UnsentExecutionTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_interrupt_counts_although_the_process_goes_before_the_code_is_sent(CancellationToken cancellationToken)
    {
        // The gateway restarts xeus-python for each interrupt.
        await using var scripted = await tested.StartGatewayAsync(one =>
        {
            one.Program = "xpython";
            one.Language = "bash";
        });
        var context = await scripted.CreateContextAsync(cancellationToken);
        var ran = new List<string>();
        scripted.Prepare = kernel => kernel.On(MessageTypes.ExecuteRequest, request =>
        {
            ran.Add(request.ReadContent<ExecuteRequest>().Code);
            return kernel.Language.ExecuteAsync(request);
        });
        scripted.Kernel.On(MessageTypes.ExecuteRequest, request => request.BusyAsync());
        var execution = context.Submit("return 1", new() { EnvironmentVariables = new Dictionary<string, string> { ["NAME"] = "value" } });
        var variables = await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        variables.ReadContent<ExecuteRequest>().IsSilent.Should().BeTrue("the silent request sets the execution variables");

        await execution.InterruptAsync(cancellationToken);

        (await execution.Ended.WaitAsync(cancellationToken)).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.Interrupted && end.StoppedBy == ExecutionStopCause.Request && !end.IsStatePreserved);
        (await context.RunAsync("return 2", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        ran.Should().Equal("return 2");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_restart_ends_an_execution_that_waits_for_the_code_of_another_client(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        await context.Kernel.SendAsync(
            KernelChannel.Shell, MessageFactory.StartSession("somebody").Create(new ExecuteRequest { Code = "wait gate" }), cancellationToken);
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var current = context.Submit("return 1");
        var queued = context.Submit("return 2");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.KernelInfoRequest, cancellationToken);

        await context.RestartAsync(cancellationToken);

        foreach (var execution in (Execution[])[current, queued])
        {
            (await execution.Ended.WaitAsync(cancellationToken)).Should().Match<ExecutionEnd>(end =>
                end.Reason == ExecutionEndReason.Restarted && !end.IsStatePreserved);
        }

        (await context.RunAsync("return 3", cancellationToken: cancellationToken)).Text.Should().Be("3");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_interrupt_of_other_clients_code_does_not_reach_an_execution(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var execution = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        await context.Kernel.InterruptExternalCodeAsync(cancellationToken);

        scripted.Process.Signals.Items.Should().BeEmpty();
        scripted.Kernel.Release("gate");
        (await execution.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_execution_that_is_no_longer_retained_leaves_memory_with_its_code(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(one => one.Options.RetainedExecutions = 1);
        var context = await scripted.CreateContextAsync(cancellationToken);

        var evicted = await RunAndForgetAsync(context, cancellationToken);
        for (var i = 0; i < 2; i++) await context.RunAsync("return 1", cancellationToken: cancellationToken);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        evicted.TryGetTarget(out _).Should().BeFalse("late output needs the journal of the execution, not its code");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference<string>> RunAndForgetAsync(CodeContext context, CancellationToken cancellationToken)
    {
        var code = new string([.. "return 1"]);
        await context.RunAsync(code, cancellationToken: cancellationToken);
        return new WeakReference<string>(code);
    }
}
