using FluentAssertions;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Framing;

/// <summary>The reservations that the decoder makes in the memory budget.</summary>
public sealed class MessageReservationTests
{
    private const int Large = 200_000;
    private const int LargeBlock = 256 * 1024;     // The size of the pooled block for such a frame.

    [Test]
    public void Messages_of_up_to_64_KiB_are_not_asked_for()
    {
        var budget = new TestBudget(0);
        using var decoder = CreateDecoder(budget);
        var small = Bytes.Message(Bytes.Text("topic"), Bytes.Filled(200), Bytes.Filled(3000), Bytes.Filled(64 * 1024));

        for (var i = 0; i < 100; i++) decoder.Feed(small).Should().HaveCount(1);

        budget.Requests.Should().Be(0);
    }

    [Test]
    public void Granted_memory_is_held_until_the_message_is_disposed()
    {
        var budget = new TestBudget(1 << 20);
        using var decoder = CreateDecoder(budget);

        var first = Read(decoder, Bytes.Message(Bytes.Filled(Large)));
        var second = Read(decoder, Bytes.Message(Bytes.Filled(Large)));

        budget.UsedBytes.Should().Be(2 * LargeBlock);
        first.Dispose();
        first.Dispose();
        budget.UsedBytes.Should().Be(LargeBlock, "disposing twice releases once");
        second.Dispose();
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Frame_for_which_there_is_no_memory_is_refused_by_its_header()
    {
        var budget = new TestBudget(LargeBlock - 1);
        using var decoder = CreateDecoder(budget);
        var header = Bytes.Message(Bytes.Filled(Large))[..FrameHeader.MaxBytes];

        FluentActions.Invoking(() => decoder.Feed(header)).Should().Throw<ZmtpProtocolException>().WithMessage($"*{Large} bytes*no memory left*");

        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Frame_is_refused_in_its_middle_when_it_cannot_grow()
    {
        var budget = new TestBudget(3 << 20);
        using var decoder = CreateDecoder(budget);
        var frame = Bytes.Message(Bytes.Filled(6 << 20));
        const int Trusted = 1 << 20;

        decoder.Feed(frame.AsSpan(0, Trusted)).Should().BeEmpty();
        budget.UsedBytes.Should().Be(Trusted, "the rest of the frame has not arrived");
        FluentActions.Invoking(() => decoder.Feed(frame.AsSpan(Trusted))).Should().Throw<ZmtpProtocolException>();

        decoder.Dispose();
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Message_is_refused_in_the_middle_of_its_frames()
    {
        var budget = new TestBudget(LargeBlock + 50_000);
        using var decoder = CreateDecoder(budget);
        var frames = Bytes.Message(Bytes.Filled(Large), Bytes.Filled(Large + 1));

        FluentActions.Invoking(() => decoder.Feed(frames)).Should().Throw<ZmtpProtocolException>().WithMessage($"*{(2 * Large) + 1} bytes*");

        budget.UsedBytes.Should().Be(LargeBlock, "the first frame has arrived");
        decoder.Dispose();
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Many_small_frames_of_one_message_are_counted_together()
    {
        var budget = new TestBudget(200_000);
        using var decoder = CreateDecoder(budget);
        var frames = Bytes.Message([.. Enumerable.Repeat(Bytes.Filled(4000), 100)]);

        FluentActions.Invoking(() => decoder.Feed(frames)).Should().Throw<ZmtpProtocolException>();

        decoder.Dispose();
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Frame_that_grew_holds_what_it_takes_and_not_what_its_smaller_blocks_took()
    {
        const int Size = 20 << 20;
        var budget = new TestBudget(40 << 20);
        using var decoder = CreateDecoder(budget);

        using var message = Read(decoder, Bytes.Message(Bytes.Filled(Size)));

        budget.UsedBytes.Should().Be(Size);
    }

    [Test]
    public void Unfinished_message_is_released_with_its_decoder()
    {
        var budget = new TestBudget(10 << 20);
        using var decoder = CreateDecoder(budget);
        decoder.Feed(Bytes.Frame(FrameFlags.More, Bytes.Filled(Large)));
        decoder.Feed(Bytes.Message(Bytes.Filled(Large)).AsSpan(0, 100_000));
        budget.UsedBytes.Should().Be(2 * LargeBlock);

        decoder.Dispose();

        budget.UsedBytes.Should().Be(0);
    }

    private static ZmtpDecoder CreateDecoder(TestBudget budget) =>
        new(ZmtpLimits.From(new ZmtpSocketOptions()), budget) { AcceptsMessages = true };

    private static ZmtpMessage Read(ZmtpDecoder decoder, ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (decoder.TryRead(out var unit)) return unit.Message!;
            var memory = decoder.GetMemory().Span;
            var count = Math.Min(bytes.Length, memory.Length);
            bytes[..count].CopyTo(memory);
            bytes = bytes[count..];
            decoder.Advance(count);
        }
    }
}
