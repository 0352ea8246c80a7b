using FluentAssertions;
using KernelGateway.Executions;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

/// <summary>Journals whose memory or disk is exhausted.</summary>
public sealed class JournalFaultTests
{
    private static readonly string Line = new('x', 1000);

    [Test]
    public void Output_that_a_full_disk_refuses_is_dropped_beyond_a_limit_and_counted_in_the_end()
    {
        using var fixture = new JournalFixture(disk: new FaultyDisk(capacity: 0));
        using var journal = fixture.NewJournal(memoryLimitBytes: 4096);
        var kept = Enumerable.Range(0, 1000).Count(_ => fixture.Print(journal, Line) != 0);

        var end = fixture.End(journal);

        journal.MemoryBytes.Should().BeLessThan(10 * 4096);
        kept.Should().BeGreaterThan(3, "some events fit into memory").And.BeLessThan(1000);
        JournalFixture.ReadAll(journal).Should().HaveCount(kept + 1);
        end.Should().Match<ExecutionEnd>(it => !it.IsComplete && it.DroppedEvents == 1000 - kept && it.DroppedBytes == (1000 - kept) * 1002);
        end.Message.Should().Contain("dropped");
        JournalFixture.ReadAll(journal)[^1].Should().Contain($"\"dropped_events\":{1000 - kept}").And.Contain("\"complete\":false");
    }

    [Test]
    public void A_full_disk_is_warned_of_once_and_left_alone_for_a_while()
    {
        var disk = new FaultyDisk(capacity: 0);
        using var fixture = new JournalFixture(disk: disk);
        for (var i = 0; i < 10; i++)
        {
            using var journal = fixture.NewJournal();
            for (var line = 0; line < 100; line++) fixture.Print(journal, Line);
        }

        fixture.Warnings.Should().Be(1);
        disk.Attempts.Should().Be(1);
    }

    [Test]
    public void A_disk_that_has_room_again_is_used_again()
    {
        var disk = new FaultyDisk(capacity: 0);
        using var fixture = new JournalFixture(disk: disk);
        using var journal = fixture.NewJournal();
        for (var i = 0; i < 10; i++) fixture.Print(journal, Line);
        disk.Capacity = long.MaxValue;
        fixture.Time.Advance(TimeSpan.FromMinutes(1));

        for (var i = 0; i < 1000; i++) fixture.Print(journal, Line);

        journal.DroppedEvents.Should().Be(0);
        journal.MemoryBytes.Should().BeLessThanOrEqualTo(4096);
        JournalFixture.ReadAll(journal).Should().HaveCount(1010);
    }

    [Test]
    public void Giving_up_a_journal_whose_file_cannot_be_closed_does_not_throw()
    {
        using var fixture = new JournalFixture(disk: new FaultyDisk(capacity: 10_000));
        var journal = fixture.NewJournal();
        for (var i = 0; i < 100; i++) fixture.Print(journal, Line);

        FluentActions.Invoking(journal.Dispose).Should().NotThrow();

        fixture.Spill.UsedBytes.Should().Be(0);
        fixture.Memory.UsedBytes.Should().Be(0);
    }

    [Test]
    public void All_journals_together_use_no_more_of_the_disk_than_they_may()
    {
        using var fixture = new JournalFixture(maxSpillBytes: 50_000);
        var journals = Enumerable.Range(0, 4).Select(_ => fixture.NewJournal()).ToList();
        foreach (var journal in journals)
        {
            for (var i = 0; i < 100; i++) fixture.Print(journal, Line);
        }

        fixture.Spill.UsedBytes.Should().BeInRange(40_000, 50_000);
        journals.Sum(journal => journal.DroppedEvents).Should().BeGreaterThan(0);
        foreach (var journal in journals)
        {
            JournalFixture.ReadAll(journal).Should().HaveCount(100 - (int)journal.DroppedEvents);
            journal.Dispose();
        }

        fixture.Spill.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Output_goes_to_the_disk_earlier_when_memory_is_short()
    {
        using var fixture = new JournalFixture(maxMemory: 64 * 1024);
        using var journal = fixture.NewJournal(memoryLimitBytes: 1 << 20);
        for (var i = 0; i < 1000; i++) fixture.Print(journal, $"{i}");

        fixture.Memory.UsedBytes.Should().BeLessThanOrEqualTo(64 * 1024);
        JournalFixture.ReadAll(journal).Should().Equal(Enumerable.Range(0, 1000).Select(i => $"\"{i}\""));
    }

    [Test]
    public void Output_leaves_a_part_of_the_memory_to_others()
    {
        using var fixture = new JournalFixture(maxMemory: 64 * 1024, disk: new FaultyDisk(capacity: 0));
        using var journal = fixture.NewJournal(memoryLimitBytes: 1 << 20);
        for (var i = 0; i < 1000; i++) fixture.Print(journal, Line);

        fixture.Memory.UsedBytes.Should().BeLessThanOrEqualTo(48 * 1024);
        journal.DroppedEvents.Should().BeGreaterThan(900);
    }

    [Test]
    public void Beginning_error_and_end_are_kept_when_nothing_else_is()
    {
        using var fixture = new JournalFixture(maxMemory: 1000, disk: new FaultyDisk(capacity: 0));
        using var journal = fixture.NewJournal();
        journal.Append(ExecutionEventKind.Started, fixture.Time.GetUtcNow(), "{\"execution_count\":1}"u8);
        for (var i = 0; i < 100; i++) fixture.Print(journal, Line);
        journal.Append(ExecutionEventKind.Error, fixture.Time.GetUtcNow(), "{\"ename\":\"E\"}"u8);
        fixture.End(journal);

        JournalFixture.ReadAll(journal).Should().HaveCount(3);
    }

    [Test]
    public void An_entry_larger_than_the_memory_limit_goes_straight_to_the_disk()
    {
        using var fixture = new JournalFixture();
        using var journal = fixture.NewJournal(memoryLimitBytes: 4096);
        fixture.Print(journal, "before");
        fixture.Print(journal, new string('x', 1 << 20));
        fixture.Print(journal, "behind");

        journal.MemoryBytes.Should().BeLessThan(4096);
        JournalFixture.ReadAll(journal).Select(text => text.Length).Should().Equal(8, (1 << 20) + 2, 8);
    }

    [Test]
    public void Memory_of_small_entries_is_counted_with_overhead()
    {
        using var fixture = new JournalFixture();
        using var journal = fixture.NewJournal(memoryLimitBytes: 1 << 30);
        fixture.Print(journal, "x");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var counted = journal.MemoryBytes;
        for (var i = 0; i < 50_000; i++) journal.Append(ExecutionEventKind.Stdout, fixture.Time.GetUtcNow(), "\"x\""u8);

        var cost = GC.GetAllocatedBytesForCurrentThread() - before;
        ((double)(journal.MemoryBytes - counted) / cost).Should().BeInRange(0.8, 1.5);
    }

    [Test]
    public void Output_beyond_the_limit_is_dropped_before_and_after_the_end()
    {
        using var fixture = new JournalFixture();
        using var journal = fixture.NewJournal(maxBytes: 10_000);
        for (var i = 0; i < 8; i++) fixture.Print(journal, Line);
        var end = fixture.End(journal);
        end.DroppedEvents.Should().Be(0);

        for (var i = 0; i < 1000; i++) fixture.Print(journal, Line);

        journal.IsFull.Should().BeTrue();
        journal.DroppedEvents.Should().Be(1000 - (9 - 8));
        journal.TotalBytes.Should().BeLessThan(10_000);
    }
}
