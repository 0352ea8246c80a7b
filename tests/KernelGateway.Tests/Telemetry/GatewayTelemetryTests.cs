using FluentAssertions;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Messages;
using KernelGateway.Telemetry;
using KernelGateway.Testing.Time;
using KernelGateway.Tests.Kernels;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.Tests.Telemetry;

public sealed class GatewayTelemetryTests
{
    private const int TestTimeout = 30_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Executions_are_counted_by_the_reason_of_their_end(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        var context = await scripted.CreateContextAsync(cancellationToken);

        await context.RunAsync("return 1", cancellationToken: cancellationToken);
        await context.RunAsync("raise ValueError no", cancellationToken: cancellationToken);
        var running = context.Submit("wait gate");
        var waiting = context.Submit("return 2");
        await waiting.InterruptAsync(cancellationToken);
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, 3, cancellationToken);
        await scripted.Gateway.Contexts.RemoveAsync(context.Id);
        await running.Completion.WaitAsync(cancellationToken);

        var ends = metrics.Of("kernelgateway.executions");
        ends.Select(end => end.Tags["kernelgateway.execution.end_reason"]).Should().BeEquivalentTo("completed", "error", "interrupted", "removed");
        ends.Should().OnlyContain(end => end.Value == 1 && end.Tags["kernelgateway.kernel.name"] == "echo");
        metrics.Of("kernelgateway.execution.queue.duration").Should().HaveCount(4);
        metrics.Of("kernelgateway.execution.duration").Should().HaveCount(3, "one execution never reached the kernel");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_in_the_queue_and_time_in_the_kernel_are_measured_apart(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var first = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var second = context.Submit("return 2");

        scripted.Time.Advance(TimeSpan.FromSeconds(3));
        scripted.Kernel.Release("gate");
        await Task.WhenAll(first.Completion, second.Completion).WaitAsync(cancellationToken);

        metrics.Of("kernelgateway.execution.queue.duration").Select(one => one.Value).Should().Equal(0, 3);
        metrics.Of("kernelgateway.execution.duration").Select(one => one.Value).Should().Equal(3, 0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Contexts_kernels_and_executions_are_counted_when_metrics_are_collected(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        metrics.Collect("kernelgateway.kernel.count", "kernelgateway.kernel.state").Should().BeEquivalentTo(
            new Dictionary<string, double> { ["launching"] = 0, ["ready"] = 0, ["restarting"] = 0, ["dead"] = 0 });
        var seen = 0.0;
        scripted.Launching = _ => seen = metrics.Collect("kernelgateway.kernel.count", "kernelgateway.kernel.state")["launching"];

        var context = await scripted.CreateContextAsync(cancellationToken);
        context.Submit("wait gate");
        context.Submit("return 2");

        seen.Should().Be(1);
        metrics.Collect("kernelgateway.context.count")[""].Should().Be(1);
        metrics.Collect("kernelgateway.kernel.count", "kernelgateway.kernel.state")["ready"].Should().Be(1);
        metrics.Collect("kernelgateway.execution.active", "kernelgateway.execution.status").Should().BeEquivalentTo(
            new Dictionary<string, double> { ["running"] = 1, ["queued"] = 1 });
        metrics.Collect("kernelgateway.memory.usage")[""].Should().Be(scripted.Gateway.Memory.UsedBytes).And.BePositive();

        await scripted.Gateway.Contexts.RemoveAsync(context.Id);
        metrics.Collect("kernelgateway.context.count")[""].Should().Be(0);
        metrics.Collect("kernelgateway.kernel.count", "kernelgateway.kernel.state").Values.Should().OnlyContain(count => count == 0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_kept_ready_count_as_kernels_and_not_as_contexts(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(one => one.Options.Prespawn = 1);
        await scripted.Log.WaitForAsync(4031, cancellationToken);
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);

        metrics.Collect("kernelgateway.kernel.count", "kernelgateway.kernel.state")["ready"].Should().Be(1);
        metrics.Collect("kernelgateway.context.count")[""].Should().Be(0);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_in_memory_and_on_the_disk_is_measured(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(one => one.Options.Contexts.JournalMemoryBytes = 4096);
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        var context = await scripted.CreateContextAsync(cancellationToken);

        await context.RunAsync("flood 1000", cancellationToken: cancellationToken);

        metrics.Collect("kernelgateway.journal.memory.usage")[""].Should().BeInRange(1, 4096);
        metrics.Collect("kernelgateway.journal.spill.usage")[""].Should().BeGreaterThan(4096);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restarts_are_counted_by_their_cause(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        var context = await scripted.CreateContextAsync(cancellationToken);
        metrics.Of("kernelgateway.kernel.restarts").Should().BeEmpty("the first start is not a restart");

        await scripted.KillAsync(context, cancellationToken);
        await context.RunAsync("return 1", cancellationToken: cancellationToken);
        await context.RestartAsync(cancellationToken);

        metrics.Of("kernelgateway.kernel.restarts").Select(one => one.Tags["kernelgateway.kernel.restart.cause"]).Should().Equal("death", "request");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Dropped_messages_are_counted_by_stage_and_reason(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync(one => one.Options.Contexts.MaxOutputBytes = 200);
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        var context = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            scripted.Kernel.Tamper = outgoing => outgoing.Frames.Take(2).ToArray();
            await request.StreamAsync("stdout", "cut short");
            scripted.Kernel.Tamper = null;
            await request.StreamAsync("stdout", new string('x', 300));
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });

        await context.RunAsync("anything", cancellationToken: cancellationToken);

        metrics.Of("kernelgateway.messages.dropped").Select(one => (one.Tags["kernelgateway.drop.stage"], one.Tags["kernelgateway.drop.reason"]))
            .Should().Equal(("kernel", "too_few_frames"), ("journal", "output_limit"));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_listener_that_throws_ends_no_execution_and_is_logged(CancellationToken cancellationToken)
    {
        await using var scripted = await ScriptedGateway.StartAsync();
        using var metrics = new RecordedMetrics(
            scripted.Gateway.Telemetry.Meter, _ => throw new InvalidOperationException("The exporter is broken."));
        var context = await scripted.CreateContextAsync(cancellationToken);

        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        await context.RestartAsync(cancellationToken);

        (await scripted.Log.WaitForAsync(3170, cancellationToken)).Message.Should().Contain("The exporter is broken.");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_gateway_that_is_disposed_has_no_values_any_more(CancellationToken cancellationToken)
    {
        var scripted = await ScriptedGateway.StartAsync();
        using var metrics = new RecordedMetrics(scripted.Gateway.Telemetry.Meter);
        await scripted.CreateContextAsync(cancellationToken);

        await scripted.DisposeAsync();

        metrics.Collect("kernelgateway.context.count").Should().BeEmpty();
    }

    [Test]
    [NonParallelizable]     // Other tests add listeners for all spans.
    public void Without_a_listener_nothing_is_allocated_and_no_timer_runs()
    {
        var time = new ManualTimeProvider();
        using var telemetry = new GatewayTelemetry(meters: null, NullLogger.Instance, time);
        Measure(telemetry);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++) Measure(telemetry);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        time.ActiveTimers.Should().Be(0);
    }

    private static void Measure(GatewayTelemetry telemetry)
    {
        telemetry.OnMessageDropped(DropStage.Journal, DropReason.NoRoom);
        telemetry.OnKernelRestarted("echo", KernelRestartCause.Death);
        telemetry.OnExecutionEnded("echo", "completed", TimeSpan.Zero, TimeSpan.Zero);
        telemetry.OnWebSocketResumed();
        telemetry.Spans.End(telemetry.Spans.StartExecution("context", "execution", "echo", "echo"));
    }
}
