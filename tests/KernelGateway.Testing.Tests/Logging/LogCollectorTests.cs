using FluentAssertions;
using KernelGateway.Testing.Logging;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Logging;

public partial class LogCollectorTests
{
    private readonly LogCollector _collector = new();

    [Test]
    public void Everything_that_is_logged_is_kept_down_to_trace()
    {
        var logger = _collector.CreateLogger<LogCollectorTests>();
        var failure = new InvalidOperationException("boom");

        LogState(logger, "k1", "idle");
        LogFailure(logger, failure);

        var entry = _collector.Entries[0];
        entry.Level.Should().Be(LogLevel.Trace);
        entry.Category.Should().EndWith(nameof(LogCollectorTests));
        entry.EventId.Id.Should().Be(7);
        entry.Message.Should().Be("Kernel k1 is idle.");
        entry["KernelId"].Should().Be("k1");
        entry["NoSuchName"].Should().BeNull();
        _collector.Text.Should().Contain("boom").And.Contain("KernelId=k1");
    }

    [Test]
    [CancelAfter(10_000)]
    public async Task Entries_can_be_waited_for_before_and_after_they_come(CancellationToken cancellationToken)
    {
        var waiting = _collector.WaitForAsync(9, cancellationToken);
        waiting.IsCompleted.Should().BeFalse();

        LogNow(_collector.CreateLogger("c"));

        (await waiting).Message.Should().Be("now");
        (await _collector.WaitForAsync(entry => entry.Message == "now", cancellationToken)).EventId.Id.Should().Be(9);
    }

    [Test]
    public async Task Waiting_ends_with_its_token()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = _collector.WaitForAsync(9, cancellation.Token);

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    public void Collector_is_where_logging_ends() =>
        FluentActions.Invoking(() => _collector.AddProvider(_collector)).Should().Throw<NotSupportedException>();

    [LoggerMessage(7, LogLevel.Trace, "Kernel {KernelId} is {State}.")]
    private static partial void LogState(ILogger logger, string kernelId, string state);

    [LoggerMessage(8, LogLevel.Error, "Failed.")]
    private static partial void LogFailure(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Information, "now")]
    private static partial void LogNow(ILogger logger);
}
