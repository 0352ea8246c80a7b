using System.Text;
using FluentAssertions;
using KernelGateway.Executions;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

public sealed class ExecutionJournalTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void Entries_come_back_in_order_with_their_numbers()
    {
        using var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
        journal.Append(ExecutionEventKind.Stdout, Noon, "\"a\""u8);
        journal.Append(ExecutionEventKind.Stderr, Noon, "\"b\""u8);

        ReadAll(journal).Should().Equal((1, ExecutionEventKind.Stdout, "\"a\""), (2, ExecutionEventKind.Stderr, "\"b\""));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(255)]
    [TestCase(256)]
    [TestCase(257)]
    [TestCase(700)]
    [TestCase(1999)]
    [TestCase(2000)]
    public void A_reader_resumes_after_any_position_though_most_lies_in_the_file(int after)
    {
        using var journal = new ExecutionJournal(4096, Path.GetTempPath());
        for (var i = 1; i <= 2000; i++) journal.Append(ExecutionEventKind.Stdout, Noon, Encoding.UTF8.GetBytes($"\"line {i}\""));

        ReadAll(journal, after).Select(entry => entry.Text).Should()
            .Equal(Enumerable.Range(after + 1, 2000 - after).Select(i => $"\"line {i}\""));
    }

    [Test]
    public void A_reader_that_was_ahead_of_the_file_falls_behind_and_misses_nothing()
    {
        using var journal = new ExecutionJournal(4096, Path.GetTempPath());
        using var reader = journal.OpenReader(0);
        var read = new List<string>();
        var appended = 0;
        foreach (var burst in new[] { 10, 1000, 3, 2000, 1, 500 })
        {
            for (var i = 0; i < burst; i++) journal.Append(ExecutionEventKind.Stdout, Noon, Encoding.UTF8.GetBytes($"\"{++appended}\""));

            // Reads half of the entries, so that the next burst moves the position into the file or back to memory.
            for (var i = 0; i < burst / 2 + 1 && reader.TryRead() is { } entry; i++) read.Add(Take(entry));
        }

        while (reader.TryRead() is { } entry) read.Add(Take(entry));
        read.Should().Equal(Enumerable.Range(1, appended).Select(i => $"\"{i}\""));
    }

    [Test]
    public void Memory_stays_within_its_limit_without_readers()
    {
        using var journal = new ExecutionJournal(64 * 1024, Path.GetTempPath());
        var payload = new byte[10_000];
        for (var i = 0; i < 1000; i++)
        {
            journal.Append(ExecutionEventKind.Stdout, Noon, payload);
            journal.MemoryBytes.Should().BeLessThanOrEqualTo(64 * 1024);
        }

        journal.TotalBytes.Should().Be(10_000_000);
    }

    [Test]
    public void Events_after_the_end_are_late()
    {
        using var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
        journal.Append(ExecutionEventKind.Stdout, Noon, "\"a\""u8);
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, Noon);
        journal.Append(ExecutionEventKind.Stdout, Noon, "\"b\""u8);

        using var reader = journal.OpenReader(0);
        Late(reader).Should().Equal(false, false, true);

        static IEnumerable<bool> Late(JournalReader reader)
        {
            while (reader.TryRead() is { } entry)
            {
                var late = entry.IsLate;
                entry.Release();
                yield return late;
            }
        }
    }

    [Test]
    public void A_second_end_is_not_appended_and_gives_the_first()
    {
        using var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
        var first = journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, Noon);

        var second = journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Rejected }, Noon);

        second.Should().BeSameAs(first);
        ReadAll(journal).Should().ContainSingle().Which.Text.Should().Contain("completed");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_waiting_reader_is_woken_by_the_next_entry(CancellationToken cancellationToken)
    {
        using var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
        using var reader = journal.OpenReader(0);
        reader.TryRead().Should().BeNull();
        var appended = reader.WhenAppended()!;
        appended.IsCompleted.Should().BeFalse();

        journal.Append(ExecutionEventKind.Stdout, Noon, "\"a\""u8);

        await appended.WaitAsync(cancellationToken);
        Take(reader.TryRead()!).Should().Be("\"a\"");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_reader_beside_the_writer_misses_nothing_while_entries_move_to_the_file(CancellationToken cancellationToken)
    {
        const int Entries = 50_000;
        using var journal = new ExecutionJournal(4096, Path.GetTempPath());
        using var reader = journal.OpenReader(0);
        var writing = Task.Run(
            () =>
            {
                for (var i = 1; i <= Entries; i++) journal.Append(ExecutionEventKind.Stdout, Noon, Encoding.UTF8.GetBytes($"\"{i}\""));
                journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, Noon);
            },
            cancellationToken);

        for (var next = 1; next <= Entries;)
        {
            if (reader.TryRead() is { } entry) Take(entry).Should().Be($"\"{next++}\"");
            else await reader.WhenAppended()!.WaitAsync(cancellationToken);
        }

        await writing;
        Take(reader.TryRead()!).Should().Contain("completed");
        reader.WhenAppended().Should().BeNull();
    }

    [Test]
    public void Nothing_is_waited_for_behind_the_end()
    {
        using var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, Noon);
        using var reader = journal.OpenReader(1);

        reader.TryRead().Should().BeNull();
        reader.WhenAppended().Should().BeNull();
    }

    [Test]
    public void A_journal_that_is_given_up_lets_its_readers_finish()
    {
        var journal = new ExecutionJournal(4096, Path.GetTempPath());
        for (var i = 1; i <= 1000; i++) journal.Append(ExecutionEventKind.Stdout, Noon, Encoding.UTF8.GetBytes($"\"{i}\""));
        var reader = journal.OpenReader(0);
        journal.Dispose();

        var read = 0;
        while (reader.TryRead() is { } entry)
        {
            Take(entry).Should().Be($"\"{++read}\"");
        }

        read.Should().Be(1000);
        reader.WhenAppended().Should().BeNull("no further event will be appended");
        reader.Dispose();
        FluentActions.Invoking(() => journal.OpenReader(0)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public void The_file_has_no_name_while_it_is_used()
    {
        var directory = Directory.CreateTempSubdirectory("journal-test-").FullName;
        try
        {
            using var journal = new ExecutionJournal(4096, directory);
            for (var i = 0; i < 100; i++) journal.Append(ExecutionEventKind.Stdout, Noon, new byte[1000]);

            Directory.GetFileSystemEntries(directory).Should().BeEmpty();
            ReadAll(journal).Should().HaveCount(100);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static List<(long Sequence, ExecutionEventKind Kind, string Text)> ReadAll(ExecutionJournal journal, long after = 0)
    {
        using var reader = journal.OpenReader(after);
        var all = new List<(long, ExecutionEventKind, string)>();
        while (reader.TryRead() is { } entry) all.Add((entry.Sequence, entry.Kind, Take(entry)));
        return all;
    }

    private static string Take(JournalEntry entry)
    {
        var text = Encoding.UTF8.GetString(entry.Payload.Span);
        entry.Release();
        return text;
    }
}
