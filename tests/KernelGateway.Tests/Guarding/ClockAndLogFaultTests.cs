using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.Tests.Guarding;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ClockAndLogFaultTests(TestedTransport tested)
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_clock_that_throws_leaves_nothing_waiting(CancellationToken cancellationToken)
    {
        var clock = new FaultyClock(TimeProvider.System);
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Clock = clock);
        var context = await scripted.CreateContextAsync(cancellationToken);
        clock.Throws = true;

        var finished = await context.RunAsync("print a", cancellationToken: cancellationToken);
        var limited = await context.RunAsync("wait gate", new ExecutionOptions { Timeout = TimeSpan.FromMilliseconds(20) }, cancellationToken: cancellationToken);
        await scripted.KillAsync(context, cancellationToken);
        var afterDeath = await context.RunAsync("return 1", cancellationToken: cancellationToken);
        await context.RestartAsync(cancellationToken);
        await scripted.Gateway.Contexts.RemoveAsync(context.Id);
        await scripted.Gateway.DisposeAsync();

        finished.End.Reason.Should().Be(ExecutionEndReason.Completed);
        limited.End.Reason.Should().Be(ExecutionEndReason.TimedOut);
        afterDeath.End.Reason.Should().Be(ExecutionEndReason.Completed);
        scripted.Log.Text.Should().Contain("The clock is broken.");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_context_is_not_culled_because_the_date_was_set_forward(CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromMinutes(5);
        FaultyClock? clock = null;
        await using var scripted = await tested.StartGatewayAsync(gateway =>
        {
            gateway.Options.Contexts.Culling.IdleTimeout = TimeSpan.FromHours(1);
            gateway.Options.Contexts.Culling.Interval = interval;
            gateway.Clock = clock = new FaultyClock(gateway.Time);
        });
        var context = await scripted.CreateContextAsync(cancellationToken);

        clock!.Step = TimeSpan.FromDays(1);
        scripted.Time.Advance(interval);
        await scripted.Time.WaitForTimerAsync(interval, 2, cancellationToken);

        scripted.Gateway.Contexts.Find(context.Id).Should().NotBeNull();
        context.Kernel.Activity.IdleTime.Should().Be(interval);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_log_that_cannot_be_written_costs_its_lines_only(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Loggers = new FaultyLoggers());
        var context = await scripted.CreateContextAsync(cancellationToken);
        var running = context.Submit("wait gate");
        await scripted.Kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);
        await scripted.KillAsync(context, cancellationToken);

        (await running.Ended.WaitAsync(cancellationToken)).Reason.Should().NotBe(ExecutionEndReason.Completed);
        (await context.RunAsync("return 1", cancellationToken: cancellationToken)).End.Reason.Should().Be(ExecutionEndReason.Completed);
        await scripted.Gateway.Contexts.RemoveAsync(context.Id);
    }

    private sealed class FaultyLoggers : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("No space left on device.");
    }
}
