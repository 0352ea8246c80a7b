using FluentAssertions;
using KernelGateway.Protocol.WebSockets;
using NUnit.Framework;
using static KernelGateway.Protocol.Tests.WebSockets.Frames;

namespace KernelGateway.Protocol.Tests.WebSockets;

/// <summary>Frames of the legacy protocol from clients, well-formed or not.</summary>
public class ClientEnvelopeTests
{
    private readonly KernelWebSocketCodec _codec = KernelWebSocketCodec.Legacy;

    [Test]
    public void Parts_come_in_any_order_with_any_blanks_and_keep_their_bytes()
    {
        var message = Read(
            """ { "content" : {"code" : "a<\/b>"} ,"buffers":[], "metadata": {"x": [1, {"y":null}]},"msg_id":"m1", """ + "\n"
            + """ "parent_header":{ }, "channel":"control","header":{ "msg_type" : "a" , "date" : 1700000000.25 } } """, out var channel);

        channel.Should().Be(KernelChannel.Control);
        message.Should().Equal(
            """{ "msg_type" : "a" , "date" : 1700000000.25 }""", "{ }", """{"x": [1, {"y":null}]}""", """{"code" : "a<\/b>"}""");
    }

    [TestCase("kernel_info_request", KernelChannel.Shell)]
    [TestCase("comm_msg", KernelChannel.Shell)]
    [TestCase("of_my_own", KernelChannel.Shell)]
    [TestCase("shutdown_request", KernelChannel.Control)]
    [TestCase("interrupt_request", KernelChannel.Control)]
    [TestCase("debug_request", KernelChannel.Control)]
    [TestCase("create_subshell_request", KernelChannel.Control)]
    [TestCase("list_subshell_request", KernelChannel.Control)]
    [TestCase("input_reply", KernelChannel.Stdin)]
    public void A_message_without_a_channel_goes_where_its_type_belongs(string type, KernelChannel expected)
    {
        Read($$$"""{"header":{"msg_type":"{{{type}}}"},"content":{}}""", out var channel);
        channel.Should().Be(expected);

        Read($$"""{"header":{"msg_type":"{{type}}"},"content":{},"channel":null}""", out channel);
        channel.Should().Be(expected);
    }

    // The form that Enterprise Gateway's client sends.
    [Test]
    public void Buffers_may_be_an_object_and_a_header_nearly_empty() =>
        Read("""{"buffers":{},"channel":"shell","header":{"msg_type":"a","version":"5.0","username":"","session":""}}""", out _)
            .Should().Equal("""{"msg_type":"a","version":"5.0","username":"","session":""}""", "{}", "{}", "{}");

    [TestCase("null")]
    [TestCase("[]")]
    public void Other_forms_of_an_empty_object_become_an_empty_object(string nothing) =>
        Read($$"""{"header":{{Header}},"parent_header":{{nothing}},"metadata":{{nothing}},"content":{{nothing}}}""", out _)
            .Should().Equal(Header, "{}", "{}", "{}");

    [Test]
    public void Of_equal_names_the_last_counts() =>
        Read($$$"""{"channel":"iopub","header":5,"content":{"a":1},"header":{{{Header}}},"channel":"stdin","content":{"a":2}}""", out _)
            .Should().Equal(Header, "{}", "{}", """{"a":2}""");

    [Test]
    public void Names_may_be_escaped()
    {
        Read($$$"""{"chann\u0065l":"st\u0064in","\u0068eader":{{{Header}}},"c\u006fntent":{"a":1}}""", out var channel)
            .Should().Equal(Header, "{}", "{}", """{"a":1}""");

        channel.Should().Be(KernelChannel.Stdin);
    }

    [Test]
    public void Properties_of_parts_are_not_taken_for_those_of_the_envelope() =>
        Read($$$"""{"x":{"channel":"iopub","header":{},"content":{"b":2}},"header":{{{Header}}},"content":{"channel":"hb","header":{} }}""", out _)
            .Should().Equal(Header, "{}", "{}", """{"channel":"hb","header":{} }""");

    [TestCase("\"iopub\"", WebSocketDropReason.ReadOnlyChannel)]
    [TestCase("\"hb\"", WebSocketDropReason.ReadOnlyChannel)]
    [TestCase("\"heartbeat\"", WebSocketDropReason.UnknownChannel)]
    [TestCase("\"\"", WebSocketDropReason.UnknownChannel)]
    [TestCase("5", WebSocketDropReason.UnknownChannel)]
    [TestCase("{}", WebSocketDropReason.UnknownChannel)]
    [TestCase("\"\\ud800\"", WebSocketDropReason.UnknownChannel)]
    public void Clients_send_on_three_channels_only(string channel, WebSocketDropReason reason) =>
        Drop($$"""{"channel":{{channel}},"header":{{Header}}}""").Should().Be(reason);

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("\"header\"")]
    [TestCase("{")]
    [TestCase("""{"header":{"msg_type":"a"},}""")]
    [TestCase("""{"header":{"msg_type":"a"}} {}""")]
    [TestCase("""{"header":{"msg_type":"a"}}}""")]
    [TestCase("""{"header":{"msg_type":"a"},"content":{"x":}}""")]
    [TestCase("""{"header":{"msg_type":"a"},"content":NaN}""")]
    public void An_envelope_that_is_not_one_json_object_is_refused(string text) =>
        Drop(text).Should().Be(WebSocketDropReason.UnreadableEnvelope);

    [TestCase("{}", WebSocketDropReason.UnreadableHeader)]
    [TestCase("""{"header":null}""", WebSocketDropReason.UnreadableHeader)]
    [TestCase("""{"header":[]}""", WebSocketDropReason.UnreadableHeader)]
    [TestCase("""{"header":"msg_type"}""", WebSocketDropReason.UnreadableHeader)]
    [TestCase("""{"header":{}}""", WebSocketDropReason.MissingMessageType)]
    [TestCase("""{"header":{"msg_type":5}}""", WebSocketDropReason.MissingMessageType)]
    [TestCase("""{"header":{},"msg_type":"a"}""", WebSocketDropReason.MissingMessageType)]
    [TestCase("""{"header":{"msg_type":"a"},"parent_header":"x"}""", WebSocketDropReason.UnreadableParentHeader)]
    public void An_invalid_header_is_refused(string text, WebSocketDropReason reason) => Drop(text).Should().Be(reason);

    [Test]
    public void A_long_content_is_read_without_a_copy()
    {
        var frame = Utf8($$$"""{"header":{{{Header}}},"content":{"code":"{{{new string('x', 1 << 20)}}}"}}""");
        _codec.TryDecode(frame, isText: true, out _, out _, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var isRead = _codec.TryDecode(frame, isText: true, out _, out var message, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        isRead.Should().BeTrue();
        allocated.Should().BeLessThan(1_000);
        message!.RawContent.Length.Should().BeGreaterThan(1 << 20);
    }

    private string[] Read(string text, out KernelChannel channel)
    {
        _codec.TryDecode(Utf8(text), isText: true, out channel, out var message, out var reason).Should().BeTrue($"it is not {reason}");
        return message!.Parts();
    }

    private WebSocketDropReason Drop(string text) => _codec.Drop(Utf8(text), isText: true);
}
