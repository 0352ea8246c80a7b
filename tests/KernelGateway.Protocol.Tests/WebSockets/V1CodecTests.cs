using System.Buffers.Binary;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using NUnit.Framework;
using static KernelGateway.Protocol.Tests.WebSockets.Frames;

namespace KernelGateway.Protocol.Tests.WebSockets;

public class V1CodecTests
{
    // The example of the reference documentation, with a header that contains a type: 29 bytes where the example has 7.
    private const string Example =
        "0700000000000000" + "4000000000000000" + "4500000000000000" + "6200000000000000" + "6400000000000000" + "6600000000000000"
        + "6d00000000000000" + "6f00000000000000" + "7368656c6c" + "7b226d73675f6964223a2231222c226d73675f74797065223a2261227d"
        + "7b7d" + "7b7d" + "7b2262223a327d" + "00ff";

    private static readonly byte[] ExampleFrame = Convert.FromHexString(Example);

    private readonly KernelWebSocketCodec _codec = KernelWebSocketCodec.V1;

    [Test]
    public void The_worked_example_is_written()
    {
        var message = Message("""{"msg_id":"1","msg_type":"a"}""", content: """{"b":2}""", buffers: [0, 0xff]);

        Convert.ToHexString(_codec.Encode(KernelChannel.Shell, message)).Should().BeEquivalentTo(Example);
        _codec.IsText(message).Should().BeFalse();
    }

    [Test]
    public void The_worked_example_is_read()
    {
        _codec.TryDecode(ExampleFrame, isText: false, out var channel, out var message, out var reason).Should().BeTrue();

        reason.Should().Be(WebSocketDropReason.None);
        channel.Should().Be(KernelChannel.Shell);
        message!.MessageType.Should().Be("a");
        message.Parts().Should().Equal("""{"msg_id":"1","msg_type":"a"}""", "{}", "{}", """{"b":2}""", "00FF");
    }

    [Test]
    public void A_frame_cut_short_anywhere_is_refused([Range(0, 110)] int length) =>
        _codec.Drop(ExampleFrame.AsMemory(0, length)).Should().Be(WebSocketDropReason.BadOffsets);

    [Test]
    public void Text_is_refused() => _codec.Drop(ExampleFrame, isText: true).Should().Be(WebSocketDropReason.UnexpectedText);

    [Test]
    public void A_hostile_count_is_refused_before_anything_is_made_for_it(
        [Values(0, 1, 5, 8, 12, 13, 14, int.MaxValue, uint.MaxValue, 1L << 32, (1L << 32) + 7, 1L << 60, (1L << 61) + 7, long.MaxValue, -1, long.MinValue)]
        long count)
    {
        var frame = ExampleFrame.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(frame, count);

        _codec.Drop(frame).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [Test]
    public void A_hostile_offset_is_refused(
        [Range(0, 6)] int index,
        [Values(0, 63, 112, int.MaxValue, uint.MaxValue, 1L << 32, (1L << 32) + 64, long.MaxValue, -1, long.MinValue)] long offset)
    {
        var frame = ExampleFrame.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(8 * (1 + index)), offset);

        _codec.Drop(frame).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [Test]
    public void More_buffers_than_anybody_has_are_refused()
    {
        var message = Message(buffers: [.. Enumerable.Repeat(Array.Empty<byte>(), 10_001)]);

        _codec.Drop(_codec.Encode(KernelChannel.Shell, message)).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [TestCase("iopub", WebSocketDropReason.ReadOnlyChannel)]
    [TestCase("hb", WebSocketDropReason.ReadOnlyChannel)]
    [TestCase("", WebSocketDropReason.UnknownChannel)]
    [TestCase("Shell", WebSocketDropReason.UnknownChannel)]
    [TestCase("shell\0", WebSocketDropReason.UnknownChannel)]
    public void Clients_send_on_three_channels_only(string channel, WebSocketDropReason reason) =>
        _codec.Drop(Frame(channel, Header, "{}", "{}", "{}")).Should().Be(reason);

    [TestCase("", "{}", WebSocketDropReason.UnreadableHeader)]
    [TestCase("[]", "{}", WebSocketDropReason.UnreadableHeader)]
    [TestCase("{\"msg_type\":\"a\"", "{}", WebSocketDropReason.UnreadableHeader)]
    [TestCase("{}", "{}", WebSocketDropReason.MissingMessageType)]
    [TestCase(Header, "nonsense", WebSocketDropReason.UnreadableParentHeader)]
    public void An_invalid_header_is_refused(string header, string parent, WebSocketDropReason reason) =>
        _codec.Drop(Frame("shell", header, parent, "{}", "{}")).Should().Be(reason);

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("null")]
    public void Other_forms_of_an_empty_object_become_one_in_both_directions(string nothing)
    {
        var frame = _codec.Encode(KernelChannel.Shell, Message(Header, nothing, nothing, nothing));
        frame.Should().Equal(Frame("shell", Header, "{}", "{}", "{}"));

        _codec.TryDecode(Frame("shell", Header, nothing, nothing, nothing), isText: false, out _, out var message, out _).Should().BeTrue();
        message!.Parts().Should().Equal(Header, "{}", "{}", "{}");
    }

    [Test]
    public void Bytes_that_are_neither_utf8_nor_json_pass_unchanged()
    {
        byte[] content = [(byte)'{', 0xff, 0xc0, 0x80, 0];
        var frame = _codec.Encode(KernelChannel.Control, Message(Utf8(Header), Utf8("{}"), Utf8("{ \n}"), content, [1], [], [2, 3]));

        _codec.TryDecode(frame, isText: false, out var channel, out var message, out _).Should().BeTrue();

        channel.Should().Be(KernelChannel.Control);
        message!.RawContent.ToArray().Should().Equal(content);
        message.RawMetadata.Text().Should().Be("{ \n}");
        message.Buffers.Select(buffer => buffer.ToArray()).Should().BeEquivalentTo(new byte[][] { [1], [], [2, 3] }, order => order.WithStrictOrdering());
    }

    [Test]
    public void Space_behind_the_offsets_and_behind_the_last_part_is_ignored()
    {
        byte[] frame = [.. ExampleFrame.AsSpan(0, 64), 0, 0, .. ExampleFrame.AsSpan(64), 0];
        for (var i = 1; i < 8; i++) frame[i * 8] += 2;

        _codec.TryDecode(frame, isText: false, out _, out var message, out _).Should().BeTrue();

        message!.Parts().Should().Equal("""{"msg_id":"1","msg_type":"a"}""", "{}", "{}", """{"b":2}""", "00FF");
    }

    [Test]
    public void The_heartbeat_is_not_carried() =>
        FluentActions.Invoking(() => _codec.GetLength(KernelChannel.Heartbeat, Message())).Should().Throw<ArgumentOutOfRangeException>();

    private static byte[] Frame(string channel, params string[] parts)
    {
        var all = parts.Prepend(channel).Select(part => Utf8(part).ToArray()).ToList();
        var frame = new List<byte>();
        var offset = 8L * (all.Count + 2);
        Append(all.Count + 1);
        Append(offset);
        foreach (var part in all) Append(offset += part.Length);
        return [.. frame, .. all.SelectMany(part => part)];

        void Append(long value) => frame.AddRange(BitConverter.GetBytes(value));
    }
}
