using System.Net.WebSockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.WebSockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

public class WebSocketDecoderTests
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 70_000).Select(i => (byte)('a' + i % 26))];

    // Two small messages, a fragmented one with a ping inside, a large one, a medium one slightly longer than the buffer, and a close frame.
    private static readonly byte[] Conversation =
    [
        .. RawClient.Frame(0x81, "hello"u8), .. RawClient.Frame(0x82, []), .. RawClient.Frame(0x01, "frag"u8), .. RawClient.Frame(0x89, "?"u8),
        .. RawClient.Frame(0x00, []), .. RawClient.Frame(0x80, "ments"u8), .. RawClient.Frame(0x82, Large),
        .. RawClient.Frame(0x81, Large.AsSpan(0, 4_089)), .. RawClient.Frame(0x88, [3, 232]),
    ];

    [Test]
    public void The_worked_example_of_the_specification_is_read()
    {
        var units = Decoding.Decode([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);

        units.Should().ContainSingle().Which.Should().BeEquivalentTo((WebSocketOpcode.Text, "Hello"u8.ToArray()));
    }

    [Test]
    public void A_conversation_is_the_same_however_it_is_cut_into_pieces(
        [Values(1, 2, 3, 5, 7, 13, 100, 1_000, 4_095, 4_096, 4_097, int.MaxValue)] int pieceBytes)
    {
        var units = Decoding.Decode(Conversation, pieceBytes);

        units.Select(unit => unit.Opcode).Should().Equal(
            WebSocketOpcode.Text, WebSocketOpcode.Binary, WebSocketOpcode.Ping, WebSocketOpcode.Text, WebSocketOpcode.Binary,
            WebSocketOpcode.Text, WebSocketOpcode.Close);
        Encoding.ASCII.GetString(units[0].Payload).Should().Be("hello");
        units[1].Payload.Should().BeEmpty();
        Encoding.ASCII.GetString(units[2].Payload).Should().Be("?");
        Encoding.ASCII.GetString(units[3].Payload).Should().Be("fragments");
        units[4].Payload.Should().Equal(Large);
        units[5].Payload.Should().Equal(Large[..4_089]);
        units[6].Payload.Should().Equal(3, 232);
    }

    [Test]
    public void A_conversation_cut_startanywhere_gives_the_units_that_are_whole()
    {
        var start = Conversation.AsSpan(0, 70);
        var counts = new List<int>();
        for (var length = 0; length <= start.Length; length++) counts.Add(Decoding.Decode(start[..length]).Count);

        counts.Should().BeInAscendingOrder();
        counts[0].Should().Be(0);
        counts[10].Should().Be(0, "a byte of the first message is missing");
        counts[11].Should().Be(1);
        counts[^1].Should().Be(4, "the large message has begun");
    }

    [Test]
    public void A_frame_is_refused_at_the_first_byte_that_breaks_a_rule([Values(0x91, 0x83, 0x87, 0x8B, 0x8F, 0xC1, 0xA1, 0x09, 0x08, 0x0A)] int first) =>
        Violation([(byte)first]).Should().Be(WebSocketCloseStatus.ProtocolError);

    [TestCase(0x81, 0x05)]
    [TestCase(0x89, 0x00)]
    [TestCase(0x89, 0xFE)]
    [TestCase(0x88, 0xFF)]
    public void A_frame_is_refused_at_its_second_byte(int first, int second) =>
        Violation([(byte)first, (byte)second]).Should().Be(WebSocketCloseStatus.ProtocolError);

    [TestCase("8000000000000000", WebSocketCloseStatus.ProtocolError)]
    [TestCase("FFFFFFFFFFFFFFFF", WebSocketCloseStatus.ProtocolError)]
    [TestCase("7FFFFFFFFFFFFFFF", WebSocketCloseStatus.MessageTooBig)]
    [TestCase("0000000100000000", WebSocketCloseStatus.MessageTooBig)]
    [TestCase("00000000FFFFFFFF", WebSocketCloseStatus.MessageTooBig)]
    [TestCase("000000007FFFFFFF", WebSocketCloseStatus.MessageTooBig)]
    [TestCase("0000000000100001", WebSocketCloseStatus.MessageTooBig)]
    public void A_hostile_length_is_refused_before_memory_is_taken_for_it(string length, WebSocketCloseStatus status)
    {
        byte[] header = [0x82, 0xFF, .. Convert.FromHexString(length), 0, 0, 0, 0];

        Violation(header).Should().Be(status);
    }

    [Test]
    public void Fragments_count_together()
    {
        byte[] bytes = [.. RawClient.Frame(0x02, new byte[600_000]), .. RawClient.Frame(0x00, new byte[448_576])];

        Decoding.Decode([.. bytes, .. RawClient.Frame(0x80, [])])[0].Payload.Should().HaveCount(1 << 20);
        Violation([.. bytes, .. RawClient.Frame(0x80, [0])]).Should().Be(WebSocketCloseStatus.MessageTooBig);
    }

    [Test]
    public void The_limit_holds_for_small_messages_too() =>
        FluentActions.Invoking(() => Decoding.Decode(RawClient.Frame(0x82, new byte[11]), maxMessageBytes: 10))
            .Should().Throw<WebSocketProtocolException>().Which.Status.Should().Be(WebSocketCloseStatus.MessageTooBig);

    [Test]
    public void A_length_in_a_longer_form_than_needed_is_read()
    {
        byte[] frame = [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, (byte)'x'];

        Decoding.Decode(frame).Should().ContainSingle().Which.Payload.Should().Equal((byte)'x');
    }

    [TestCase(3, TestName = "Small_text_has_to_be_utf8")]
    [TestCase(5_000, TestName = "Gathered_text_has_to_be_utf8")]
    public void Text(int length)
    {
        var payload = new byte[length];
        payload.AsSpan().Fill((byte)'x');
        payload[^1] = 0xC3;

        Violation(RawClient.Frame(0x81, payload)).Should().Be(WebSocketCloseStatus.InvalidPayloadData);
        Decoding.Decode(RawClient.Frame(0x82, payload))[0].Payload.Should().Equal(payload);
    }

    [Test]
    public void A_character_may_be_cut_between_fragments()
    {
        var units = Decoding.Decode([.. RawClient.Frame(0x01, [0xE2, 0x82]), .. RawClient.Frame(0x80, [0xAC])]);

        Encoding.UTF8.GetString(units[0].Payload).Should().Be("€");
    }

    [Test]
    public void A_peer_that_announces_much_and_sends_little_takes_little()
    {
        using var decoder = new WebSocketDecoder(1 << 30);
        byte[] header = [0x82, 0xFF, 0, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

        var before = GC.GetAllocatedBytesForCurrentThread();
        Decoding.Decode(decoder, [.. header, .. new byte[100]], int.MaxValue, (_, _) => { });

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1 << 20);
        decoder.RemainingPayload.Should().Be(0x3FFFFFFF - 100);
    }

    [Test]
    public void Very_many_small_fragments_are_joined()
    {
        byte[] bytes = [.. RawClient.Frame(0x02, []), .. Enumerable.Repeat(RawClient.Frame(0x00, [7]), 100_000).SelectMany(frame => frame)];

        var units = Decoding.Decode([.. bytes, .. RawClient.Frame(0x80, [])]);

        units[0].Payload.Should().HaveCount(100_000).And.OnlyContain(value => value == 7);
    }

    private static WebSocketCloseStatus Violation(byte[] bytes) =>
        FluentActions.Invoking(() => Decoding.Decode(bytes)).Should().Throw<WebSocketProtocolException>().Which.Status;
}
