using FluentAssertions;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Framing;

public sealed class ZmtpDecoderTests
{
    private const int Limit = 100_000;

    private static readonly byte[] Mixed = Bytes.Join(
        Bytes.Message("", "a", "bc"),
        Bytes.Command("PING", 0, 0),
        Bytes.Frame(FrameFlags.More, Bytes.Text("x")),
        Bytes.Command("PONG"),
        Bytes.Message(Bytes.Filled(300, 0x79)),
        Bytes.Message(Bytes.Filled(6000, 0x7A), Bytes.Text("end")));

    private static readonly string[] MixedUnits =
    [
        "|a|bc", "<PING\0\0>", "<PONG>", $"x|{new string('y', 300)}", $"{new string('z', 6000)}|end",
    ];

    [Test]
    public void Stream_arriving_whole_is_read_whole()
    {
        using var decoder = CreateDecoder();

        decoder.Feed(Mixed).Should().Equal(MixedUnits);
    }

    [Test]
    public void Stream_arriving_one_byte_at_a_time_is_read_whole()
    {
        using var decoder = CreateDecoder();

        decoder.Feed(Mixed, chunkBytes: 1).Should().Equal(MixedUnits);
    }

    [Test]
    public void Stream_split_in_two_at_every_byte_is_read_whole()
    {
        for (var split = 0; split <= Mixed.Length; split++)
        {
            using var decoder = CreateDecoder();

            var units = decoder.Feed(Mixed.AsSpan(0, split));
            units.AddRange(decoder.Feed(Mixed.AsSpan(split)));

            units.Should().Equal(MixedUnits, "the split is at {0}", split);
        }
    }

    [Test]
    public void Message_cut_short_at_every_byte_gives_nothing()
    {
        var message = Bytes.Message("ab", "", "cdef");
        for (var length = 0; length < message.Length; length++)
        {
            using var decoder = CreateDecoder();

            decoder.Feed(message.AsSpan(0, length)).Should().BeEmpty("only {0} bytes have arrived", length);
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(255)]
    [TestCase(256)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(4097)]
    [TestCase(65535)]
    [TestCase(65536)]
    public void Frames_of_every_size_class_keep_their_bytes(int bodyBytes)
    {
        var body = Enumerable.Range(0, bodyBytes).Select(i => (byte)(i * 31)).ToArray();
        using var decoder = CreateDecoder();

        Take(decoder, Bytes.Message(body, body), 1000).Should().AllSatisfy(frame => frame.Should().Equal(body)).And.HaveCount(2);
    }

    [Test]
    public void Body_beyond_the_trusted_size_grows_as_bytes_arrive()
    {
        var body = new byte[5 << 20];
        new Random(7).NextBytes(body);
        using var decoder = CreateDecoder(maxFrameBytes: 8 << 20);
        decoder.Feed(Bytes.Frame(0, body).AsSpan(0, 9));

        decoder.GetMemory().Length.Should().BeLessThan(2 << 20, "the header announces five megabytes, and none has arrived");
        Take(decoder, body, int.MaxValue).Single().Should().Equal(body);
    }

    [Test]
    public void Thousand_frames_make_one_message()
    {
        using var decoder = CreateDecoder();
        var bodies = Enumerable.Range(0, 1000).Select(i => Bytes.Text($"frame {i}")).ToArray();

        Take(decoder, Bytes.Message(bodies), 777).Should().BeEquivalentTo(bodies, options => options.WithStrictOrdering());
    }

    [TestCase(Limit - 1, false)]
    [TestCase(Limit, false)]
    [TestCase(Limit + 1, true)]
    public void Frame_over_the_limit_is_refused_by_its_header_alone(int bodyBytes, bool isRefused)
    {
        using var decoder = CreateDecoder();
        var header = new byte[FrameHeader.MaxBytes];
        FrameHeader.Write(header, 0, bodyBytes);

        var feed = () => decoder.Feed(header);

        if (isRefused) feed.Should().Throw<ZmtpProtocolException>().WithMessage("*100001*100000*");
        else feed.Should().NotThrow();
    }

    [TestCase("024000000000000000")]
    [TestCase("027fffffffffffffff")]
    [TestCase("028000000000000000")]
    [TestCase("06000000000fffffff")]
    public void Hostile_length_is_refused_before_anything_is_kept(string hex)
    {
        using var decoder = CreateDecoder();

        var feed = () => decoder.Feed(Bytes.Hex(hex));

        feed.Should().Throw<ZmtpProtocolException>();
    }

    [Test]
    public void Message_over_its_total_limit_is_refused()
    {
        using var decoder = new ZmtpDecoder(new ZmtpLimits(100, 250, 100)) { AcceptsMessages = true };
        var frame = Bytes.Frame(FrameFlags.More, Bytes.Filled(100));

        decoder.Feed(Bytes.Join(frame, frame));
        var feed = () => decoder.Feed(frame);

        feed.Should().Throw<ZmtpProtocolException>().WithMessage("*250*");
    }

    [Test]
    public void Message_over_its_frame_count_is_refused()
    {
        using var decoder = new ZmtpDecoder(new ZmtpLimits(100, 1000, 3)) { AcceptsMessages = true };

        decoder.Feed(Bytes.Message("1", "2", "3")).Should().Equal("1|2|3");
        var feed = () => decoder.Feed(Bytes.Message("1", "2", "3", "4"));

        feed.Should().Throw<ZmtpProtocolException>().WithMessage("*3 frames*");
    }

    [Test]
    public void Message_before_the_handshake_is_over_is_refused_by_its_first_bytes()
    {
        using var decoder = new ZmtpDecoder(new ZmtpLimits(100, 1000, 10));

        var feed = () => decoder.Feed(Bytes.Hex("0064"));

        feed.Should().Throw<ZmtpProtocolException>().WithMessage("*handshake*");
    }

    [TestCase(FrameBlocks.MaxPooledBytes)]
    [TestCase(FrameBlocks.MaxPooledBytes + 1)]
    [TestCase(20 << 20)]
    public void Frame_beyond_what_is_pooled_is_read_whole(int bytes)
    {
        using var decoder = new ZmtpDecoder(new ZmtpLimits(64 << 20, 64 << 20, 10)) { AcceptsMessages = true };
        var body = Bytes.Filled(bytes);
        body[^1] = 0x62;

        decoder.Feed(Bytes.Message(body, Bytes.Text("end")), chunkBytes: 1 << 20).Should().ContainSingle().Which.Should().HaveLength(bytes + 4).And.EndWith("ab|end");
    }

    [Test]
    public void Block_beyond_what_is_pooled_has_its_exact_size_and_is_not_kept()
    {
        var block = FrameBlocks.Rent(FrameBlocks.MaxPooledBytes + 1);
        block.Should().HaveCount(FrameBlocks.MaxPooledBytes + 1);

        FrameBlocks.Return(block);

        FrameBlocks.Rent(FrameBlocks.MaxPooledBytes + 1).Should().NotBeSameAs(block);
    }

    [Test]
    public void Large_command_is_read_whole()
    {
        using var decoder = CreateDecoder();
        var topic = new string('t', 10_000);

        decoder.Feed(Bytes.Command("SUBSCRIBE", Bytes.Text(topic)), chunkBytes: 999).Should().Equal($"<SUBSCRIBE{topic}>");
    }

    [Test]
    public void Prefix_is_written_before_every_message()
    {
        using var decoder = CreateDecoder();
        decoder.MessagePrefix = Bytes.Text("id");

        decoder.Feed(Bytes.Join(Bytes.Message("a"), Bytes.Message("b", "c"))).Should().Equal("id|a", "id|b|c");
    }

    [Test]
    public void Messages_do_not_share_memory_with_each_other()
    {
        using var decoder = CreateDecoder();
        var messages = new List<ZmtpMessage>();
        var bytes = Bytes.Join([.. Enumerable.Range(0, 200).Select(i => Bytes.Message($"message {i}", new string((char)('a' + (i % 26)), i * 40)))]);
        foreach (var chunk in bytes.Chunk(5000))
        {
            for (var rest = chunk.AsSpan(); !rest.IsEmpty;)
            {
                var memory = decoder.GetMemory().Span;
                var count = Math.Min(rest.Length, memory.Length);
                rest[..count].CopyTo(memory);
                rest = rest[count..];
                decoder.Advance(count);
                while (decoder.TryRead(out var unit))
                    messages.Add(unit.Message!);
            }
        }

        messages.Select(message => message.TakeText()).Should()
            .Equal(Enumerable.Range(0, 200).Select(i => $"message {i}|{new string((char)('a' + (i % 26)), i * 40)}"));
    }

    private static ZmtpDecoder CreateDecoder(long maxFrameBytes = Limit) =>
        new(new ZmtpLimits(maxFrameBytes, long.MaxValue, 10_000)) { AcceptsMessages = true };

    private static byte[][] Take(ZmtpDecoder decoder, byte[] bytes, int chunkBytes)
    {
        for (var rest = bytes.AsSpan(); !rest.IsEmpty;)
        {
            var memory = decoder.GetMemory().Span;
            var count = Math.Min(Math.Min(rest.Length, memory.Length), chunkBytes);
            rest[..count].CopyTo(memory);
            rest = rest[count..];
            decoder.Advance(count);
            if (decoder.TryRead(out var unit)) return unit.Message!.TakeFrames();
        }

        return [];
    }
}
