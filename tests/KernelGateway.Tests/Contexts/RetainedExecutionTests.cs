using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

/// <summary>The memory that executions take while they wait, run and are retained.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class RetainedExecutionTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;

    private static readonly string LongComment = "#" + new string('x', 1_000_000);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_of_ended_executions_counts_against_the_retained_bytes(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.RetainedExecutionBytes = 5_000_000);
        var context = await scripted.CreateContextAsync(cancellationToken);
        for (var i = 0; i < 10; i++) await context.RunAsync(LongComment, cancellationToken: cancellationToken);

        // An ended execution is counted shortly after its end. When a later execution has ended, all earlier ones are counted.
        await context.RunAsync("last", cancellationToken: cancellationToken);

        scripted.Gateway.Memory.UsedBytes.Should().BeInRange(2_000_000, 5_100_000);
        context.ListExecutions().Should().HaveCountLessThanOrEqualTo(4);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Removing_a_context_frees_its_executions_except_the_last_small_ones(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);
        var large = await context.RunAsync(LongComment, cancellationToken: cancellationToken);
        var small = await context.RunAsync("print 1", cancellationToken: cancellationToken);

        await scripted.Gateway.Contexts.RemoveAsync(context.Id);

        scripted.Gateway.Memory.UsedBytes.Should().BeLessThan(100_000);
        scripted.Gateway.FindExecution(large.Id).Should().BeNull();
        scripted.Gateway.FindExecution(small.Id).Should().NotBeNull();
        (await small.GetResultAsync(cancellationToken)).End!.Reason.Should().Be(ExecutionEndReason.Completed);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_that_does_not_fit_into_memory_is_refused_until_executions_have_ended(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.MaxMemory = 16 << 20);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        var queued = new List<Execution>();

        FluentActions.Invoking(() => { while (true) queued.Add(context.Submit(LongComment)); })
            .Should().Throw<MemoryLimitException>().Which.IsTransient.Should().BeTrue();
        queued.Should().HaveCountGreaterThan(5);

        scripted.Kernel.Release("gate");
        await running.Ended.WaitAsync(cancellationToken);
        foreach (var execution in queued) (await execution.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.Completed);
        (await context.RunAsync(LongComment, cancellationToken: cancellationToken)).End.Reason.Should()
            .Be(ExecutionEndReason.Completed, "an ended execution frees its memory");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Late_output_counts_against_the_retained_bytes(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.RetainedExecutionBytes = 1_000_000);
        var context = await scripted.CreateContextAsync(cancellationToken);
        var first = await context.RunAsync("first", cancellationToken: cancellationToken);
        await context.RunAsync("second", cancellationToken: cancellationToken);
        await context.RunAsync("third", cancellationToken: cancellationToken);

        for (var i = 0; i < 30; i++) first.Journal.Append(ExecutionEventKind.Stdout, scripted.Time.GetUtcNow(), new byte[50_000]);

        scripted.Gateway.FindExecution(first.Id).Should().BeNull();
        scripted.Gateway.Memory.UsedBytes.Should().BeLessThan(100_000);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_missing_spill_directory_does_not_affect_contexts(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("spill-test-");
        await using var scripted = await tested.StartGatewayAsync(gateway =>
        {
            gateway.Options.SpillDirectory = directory.FullName;
            gateway.Options.RetainedExecutions = 1;
            gateway.Options.Contexts.JournalMemoryBytes = 4096;
        });
        directory.Delete();
        var noisy = await scripted.CreateContextAsync(cancellationToken);
        scripted.Kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.BusyAsync();
            for (var i = 0; i < 100; i++) await request.StreamAsync("stdout", new string('x', 1000));
            await request.ReplyOkAsync(1);
            await request.IdleAsync();
        });
        var other = await scripted.CreateContextAsync(cancellationToken);

        var flooded = await noisy.RunAsync("flood", cancellationToken: cancellationToken);
        for (var i = 0; i < 3; i++) await other.RunAsync("print 1", cancellationToken: cancellationToken);

        flooded.End.Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && !end.IsComplete && end.DroppedEvents > 0);
        (flooded.Logs.Stdout.Count + flooded.End.DroppedEvents).Should().Be(100);
        scripted.Log.Entries.Should().ContainSingle(entry => entry.EventId.Id == 4151);
    }
}
