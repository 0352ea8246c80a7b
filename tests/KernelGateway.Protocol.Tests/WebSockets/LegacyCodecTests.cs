using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;
using NUnit.Framework;
using static KernelGateway.Protocol.Tests.WebSockets.Frames;

namespace KernelGateway.Protocol.Tests.WebSockets;

public class LegacyCodecTests
{
    private const string Json = """{"channel":"shell","header":{"msg_type":"a"}}""";

    // The layout of the example in the reference documentation: JSON, and the buffers 00 ff and zz.
    private static readonly byte[] ExampleFrame =
        [0, 0, 0, 3, 0, 0, 0, 16, 0, 0, 0, 16 + 45, 0, 0, 0, 16 + 47, .. Encoding.UTF8.GetBytes(Json), 0, 0xff, (byte)'z', (byte)'z'];

    private readonly KernelWebSocketCodec _codec = KernelWebSocketCodec.Legacy;

    [Test]
    public void A_message_without_buffers_is_text_with_copies_of_id_and_type()
    {
        var message = Message("""{"msg_type":"stream", "msg_id":"m\u0031"}""", """{"msg_id": "p"}""", "{ }", """{"text": "ä<\/b>"}""");

        _codec.IsText(message).Should().BeTrue();
        Encoding.UTF8.GetString(_codec.Encode(KernelChannel.IOPub, message)).Should().Be(
            """{"channel":"iopub","header":{"msg_type":"stream", "msg_id":"m\u0031"},"msg_id":"m\u0031","msg_type":"stream" """.TrimEnd()
            + ""","parent_header":{"msg_id": "p"},"metadata":{ },"content":{"text": "ä<\/b>"},"buffers":[]}""");
    }

    [TestCase("""{"text": "a\n\u00e9 \ud800", "list": [1, {"x": null}]}""", true)]
    [TestCase("[]", true)]
    [TestCase("", true)]
    [TestCase("5", true)]
    [TestCase("""{"text": "a" """, false)]
    [TestCase("""{"text": "a"} {}""", false)]
    [TestCase("""{"text": "\x"}""", false)]
    [TestCase("""{"text": "\u12"}""", false)]
    [TestCase("""{"a\x": 1}""", false)]
    [TestCase("""{"number": NaN}""", false)]
    [TestCase("""{"list": [1, 2,]}""", false)]
    [TestCase("no json", false)]
    public void Only_content_and_metadata_that_are_json_make_a_frame_that_can_be_read(string json, bool isReadable)
    {
        _codec.IsReadable(Message(content: json)).Should().Be(isReadable);
        _codec.IsReadable(Message(metadata: json)).Should().Be(isReadable);
        KernelWebSocketCodec.V1.IsReadable(Message(content: json)).Should().BeTrue("in the v1 protocol the content is a separate part");
    }

    [TestCase(511, true)]
    [TestCase(512, false)]
    [TestCase(100_000, false)]
    public void Content_that_is_nested_too_deep_makes_no_frame_that_can_be_read(int levels, bool isReadable)
    {
        var content = $$"""{"x":{{new string('[', levels)}}{{new string(']', levels)}}}""";

        _codec.IsReadable(Message(content: content)).Should().Be(isReadable);
    }

    [Test]
    public void A_message_with_buffers_is_binary()
    {
        var message = Message("""{"msg_type":"a"}""", buffers: [[0, 0xff], [], [0x7a, 0x7a]]);
        var frame = _codec.Encode(KernelChannel.Shell, message);

        _codec.IsText(message).Should().BeFalse();
        var json = Encoding.UTF8.GetBytes(
            """{"channel":"shell","header":{"msg_type":"a"},"msg_id":"","msg_type":"a","parent_header":{},"metadata":{},"content":{}}""");
        var first = (byte)(20 + json.Length);
        frame.Should().Equal(
            [0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0, first, 0, 0, 0, (byte)(first + 2), 0, 0, 0, (byte)(first + 2), .. json, 0, 0xff, 0x7a, 0x7a]);
    }

    [Test]
    public void The_worked_example_is_read()
    {
        _codec.TryDecode(ExampleFrame, isText: false, out var channel, out var message, out var reason).Should().BeTrue();

        reason.Should().Be(WebSocketDropReason.None);
        channel.Should().Be(KernelChannel.Shell);
        message!.Parts().Should().Equal("""{"msg_type":"a"}""", "{}", "{}", "{}", "00FF", "7A7A");
    }

    [Test]
    public void A_binary_frame_cut_short_is_refused_unless_only_the_last_buffer_is_shorter([Range(0, 64)] int length)
    {
        var frame = ExampleFrame.AsMemory(0, length);

        // The frame contains no length for the last part.
        if (length >= 63) _codec.TryDecode(frame, isText: false, out _, out _, out _).Should().BeTrue();
        else _codec.Drop(frame).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [Test]
    public void A_text_frame_cut_short_anywhere_is_refused([Range(0, 44)] int length) =>
        _codec.Drop(Utf8(Json)[..length], isText: true).Should().Be(WebSocketDropReason.UnreadableEnvelope);

    [Test]
    public void A_hostile_count_is_refused_before_anything_is_made_for_it(
        [Values(0u, 4u, 14u, 15u, 16u, (uint)int.MaxValue, 1u << 30, (1u << 30) + 3, 1u << 31, uint.MaxValue)] uint count)
    {
        var frame = ExampleFrame.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(frame, count);

        _codec.Drop(frame).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [Test]
    public void A_hostile_offset_is_refused(
        [Range(0, 2)] int index, [Values(0u, 15u, 66u, (uint)int.MaxValue, 1u << 31, uint.MaxValue)] uint offset)
    {
        var frame = ExampleFrame.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4 * (1 + index)), offset);

        _codec.Drop(frame).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [Test]
    public void More_buffers_than_anybody_has_are_refused()
    {
        var message = Message(buffers: [.. Enumerable.Repeat(Array.Empty<byte>(), 10_001)]);

        _codec.Drop(_codec.Encode(KernelChannel.Shell, message)).Should().Be(WebSocketDropReason.BadOffsets);
    }

    [Test]
    public void A_binary_frame_may_have_no_buffers()
    {
        byte[] frame = [0, 0, 0, 1, 0, 0, 0, 8, .. Encoding.UTF8.GetBytes(Json)];

        _codec.TryDecode(frame, isText: false, out _, out var message, out _).Should().BeTrue();

        message!.Buffers.Should().BeEmpty();
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("null")]
    public void Other_forms_of_an_empty_object_become_an_empty_object(string nothing)
    {
        var text = Encoding.UTF8.GetString(_codec.Encode(KernelChannel.IOPub, Message(Header, nothing, nothing, nothing)));

        text.Should().EndWith(""","parent_header":{},"metadata":{},"content":{},"buffers":[]}""");
    }

    [Test]
    public void Invalid_utf8_is_replaced_and_the_rest_kept()
    {
        byte[] header = [.. "{\"msg_type\":\"a\xc3\",\"msg_id\":\"".Select(letter => (byte)letter), 0xff, (byte)'"', (byte)'}'];
        byte[] content = [.. "{\"text\":\""u8, 0xe2, 0x82, (byte)'x', 0xc0, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0x80, (byte)'"', (byte)'}'];
        var message = Message(header, Utf8("{}"), Utf8("{}"), content);

        var frame = _codec.Encode(KernelChannel.IOPub, message);

        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var json = JsonDocument.Parse(strict.GetString(frame));
        var root = json.RootElement;
        root.GetProperty("content").GetProperty("text").GetString().Should().Be("\uFFFDx\uFFFD\uFFFD😀\uFFFD\uFFFD\uFFFD");
        root.GetProperty("msg_id").GetString().Should().Be("\uFFFD");
        root.GetProperty("msg_type").GetString().Should().Be(root.GetProperty("header").GetProperty("msg_type").GetString()).And.Be("a\uFFFD");
    }

    [Test]
    public void A_message_of_one_part_that_ends_in_the_middle_of_a_sequence_is_repaired()
    {
        var frame = _codec.Encode(KernelChannel.IOPub, Message(Utf8(Header), Utf8("{}"), Utf8("{}"), (byte[])[(byte)'"', 0xf0, 0x9f]));

        Encoding.UTF8.GetString(frame).Should().EndWith("\"content\":\"\uFFFD,\"buffers\":[]}");
        System.Text.Unicode.Utf8.IsValid(frame).Should().BeTrue();
    }
}
