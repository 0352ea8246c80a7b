using System.Text;
using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>The journal without a process.</summary>
[CancelAfter(30_000)]
public sealed class OutputJournalTests
{
    private const int MaxBytes = 1000;
    private const int ChunkBytes = 100;

    private readonly OutputJournal _journal;
    private int _rooms;

    public OutputJournalTests() => _journal = new OutputJournal(MaxBytes, ChunkBytes, streams: 2, () => _rooms++);

    [Test]
    public async Task Bytes_of_one_stream_are_joined_and_the_order_of_the_streams_is_kept(CancellationToken token)
    {
        Append("a");
        Append("b");
        Append("C", ProcessOutputKind.StandardError);
        Append("d");
        _journal.Complete();

        var pieces = await ReadAsync(-1, token);

        pieces.Select(piece => (piece.Kind, Encoding.ASCII.GetString(piece.Data.Span), piece.Position)).Should().Equal(
            (ProcessOutputKind.StandardOutput, "ab", 0L), (ProcessOutputKind.StandardError, "C", 2L), (ProcessOutputKind.StandardOutput, "d", 3L));
    }

    [Test]
    public async Task Text_is_whole_for_every_start_and_every_size_of_writes(CancellationToken token)
    {
        var text = string.Concat(Enumerable.Range(0, 80).Select(number => $"{number} "));
        for (var size = 1; size <= 120; size += 7)
        {
            var journal = new OutputJournal(MaxBytes, ChunkBytes, streams: 1, () => { });
            foreach (var part in text.Chunk(size)) journal.Append(ProcessOutputKind.Terminal, Encoding.ASCII.GetBytes(part));
            journal.Complete();
            for (var start = 0; start <= text.Length; start += 13)
            {
                var read = new StringBuilder();
                await foreach (var piece in journal.ReadAsync(start, token)) read.Append(Encoding.ASCII.GetString(piece.Data.Span));

                read.ToString().Should().Be(text[start..]);
            }
        }
    }

    [Test]
    public async Task Before_the_first_reader_nothing_is_dropped_and_the_process_waits(CancellationToken token)
    {
        Append(new string('x', MaxBytes - 1));
        _journal.IsFull.Should().BeFalse();
        Append(new string('x', 501));
        _journal.IsFull.Should().BeTrue();
        _journal.Complete();

        (await ReadAsync(-1, token)).Sum(piece => piece.Data.Length).Should().Be(1500);

        _journal.IsFull.Should().BeFalse();
        _rooms.Should().Be(1);
    }

    [Test]
    public async Task Without_a_reader_exactly_the_last_part_is_kept_and_the_rest_counted_once(CancellationToken token)
    {
        _journal.EndReservation();
        for (var number = 0; number < 5000; number++) Append($"{number % 10}");
        _journal.IsFull.Should().BeFalse();
        _journal.Complete();

        var pieces = await ReadAsync(-1, token);

        pieces[0].Should().BeEquivalentTo(new { Kind = ProcessOutputKind.Dropped, Position = 0L, DroppedBytes = 4000L, NextPosition = 4000L });
        pieces.Skip(1).Sum(piece => piece.Data.Length).Should().Be(1000);
        (await ReadAsync(-1, token)).Should().BeEmpty();
    }

    [Test]
    public async Task Streams_that_alternate_with_each_byte_are_kept_in_full(CancellationToken token)
    {
        _journal.EndReservation();
        for (var number = 0; number < 5000; number++) Append("x", (ProcessOutputKind)(number % 2));
        _journal.Complete();

        (await ReadAsync(-1, token)).Where(piece => piece.Kind != ProcessOutputKind.Dropped).Should().HaveCount(1000)
            .And.OnlyContain(piece => piece.Data.Length == 1);
    }

    [Test]
    public async Task Room_is_reported_when_a_quarter_is_free_again(CancellationToken token)
    {
        await using var reader = _journal.ReadAsync(-1, token).GetAsyncEnumerator(token);
        var first = reader.MoveNextAsync();
        Append(new string('x', MaxBytes));
        await first;
        _journal.IsFull.Should().BeTrue();

        await reader.MoveNextAsync();
        await reader.MoveNextAsync();
        _rooms.Should().Be(0, "200 of 1000 bytes are free");
        await reader.MoveNextAsync();

        _rooms.Should().Be(1);
    }

    [Test]
    public async Task Output_after_the_end_is_for_later_readers(CancellationToken token)
    {
        await using var early = _journal.ReadAsync(-1, token).GetAsyncEnumerator(token);
        Append("before");
        (await early.MoveNextAsync()).Should().BeTrue();
        _journal.Complete();
        Append(" after");

        (await early.MoveNextAsync()).Should().BeFalse();
        Encoding.ASCII.GetString((await ReadAsync(-1, token)).Single().Data.Span).Should().Be(" after");
    }

    [Test]
    public async Task Discarded_output_is_kept_for_the_reader_that_has_it_before_it_and_for_nobody_else(CancellationToken token)
    {
        await using var reader = _journal.ReadAsync(-1, token).GetAsyncEnumerator(token);
        Append(new string('x', 150));
        await reader.MoveNextAsync();
        _journal.Complete();

        _journal.Discard();
        Append("late");

        (await reader.MoveNextAsync()).Should().BeTrue();
        reader.Current.Data.Length.Should().Be(50);
        (await reader.MoveNextAsync()).Should().BeFalse();
        _journal.KeptBytes.Should().Be(0);
    }

    [Test]
    public void Streams_have_ended_when_each_has_ended_once()
    {
        var output = new JournalSink(_journal, ProcessOutputKind.StandardOutput);
        output.Complete();
        output.Complete();
        _journal.StreamsEnded.IsCompleted.Should().BeFalse();

        new JournalSink(_journal, ProcessOutputKind.StandardError).Complete();

        _journal.StreamsEnded.IsCompleted.Should().BeTrue();
    }

    private void Append(string text, ProcessOutputKind kind = ProcessOutputKind.StandardOutput) =>
        _journal.Append(kind, Encoding.ASCII.GetBytes(text));

    private async Task<List<ProcessOutput>> ReadAsync(long? after, CancellationToken token)
    {
        var pieces = new List<ProcessOutput>();
        await foreach (var piece in _journal.ReadAsync(after, token)) pieces.Add(piece);
        return pieces;
    }
}
