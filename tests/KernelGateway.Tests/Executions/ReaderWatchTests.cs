using FluentAssertions;
using KernelGateway.Executions;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

/// <summary>Readers that stop reading.</summary>
public sealed class ReaderWatchTests
{
    [Test]
    public void An_idle_reader_is_closed_and_frees_its_entries()
    {
        using var fixture = new JournalFixture();
        var journal = Write(fixture, 1000);
        using var reader = journal.OpenReader(0);
        journal.Dispose();
        fixture.Spill.UsedBytes.Should().BeGreaterThan(0, "the reader can still read the spilled events");

        fixture.Time.Advance(JournalFixture.ReaderIdleTimeout * 1.5);

        fixture.Spill.UsedBytes.Should().Be(0);
        fixture.Memory.UsedBytes.Should().Be(0);
        reader.CutToken.IsCancellationRequested.Should().BeTrue();
        FluentActions.Invoking(() => reader.TryRead()).Should().Throw<TimeoutException>().WithMessage("*600 s*");
        fixture.Log.Entries.Should().ContainSingle(entry => entry.EventId.Id == 4152);
    }

    [Test]
    public void A_slow_reader_is_not_closed()
    {
        using var fixture = new JournalFixture();
        var journal = Write(fixture, 100);
        using var reader = journal.OpenReader(0, isCutWhenIdle: true);
        journal.Dispose();
        var read = 0;
        while (reader.TryRead() is { } entry)
        {
            entry.Release();
            read++;
            fixture.Time.Advance(JournalFixture.ReaderIdleTimeout * 0.7);
        }

        read.Should().Be(100);
    }

    [Test]
    public void A_reader_that_has_nothing_to_take_is_not_cut()
    {
        using var fixture = new JournalFixture();
        using var journal = fixture.NewJournal();
        using var reader = journal.OpenReader(0, isCutWhenIdle: true);
        fixture.Time.Advance(JournalFixture.ReaderIdleTimeout * 10);
        fixture.Print(journal, "at last");
        fixture.Time.Advance(JournalFixture.ReaderIdleTimeout * 0.7);

        reader.TryRead().Should().NotBeNull();
    }

    [Test]
    public void A_reader_in_process_is_left_alone_while_its_execution_is_kept_anyway()
    {
        using var fixture = new JournalFixture();
        using var journal = Write(fixture, 10);
        using var ours = journal.OpenReader(0);
        using var clients = journal.OpenReader(0, isCutWhenIdle: true);

        fixture.Time.Advance(JournalFixture.ReaderIdleTimeout * 2);

        ours.CutReason.Should().BeNull();
        clients.CutReason.Should().NotBeNull();
    }

    [Test]
    public void No_timer_runs_without_readers()
    {
        using var fixture = new JournalFixture();
        using var journal = Write(fixture, 10);
        fixture.Time.ActiveTimers.Should().Be(0);
        var reader = journal.OpenReader(0);
        fixture.Time.ActiveTimers.Should().Be(1);

        reader.Dispose();

        fixture.Time.ActiveTimers.Should().Be(0);
    }

    private static ExecutionJournal Write(JournalFixture fixture, int lines)
    {
        var journal = fixture.NewJournal();
        for (var i = 0; i < lines; i++) fixture.Print(journal, $"line {i}");
        return journal;
    }
}
