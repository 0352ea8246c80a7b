using System.Text;
using FluentAssertions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Messages;

public class JupyterMessageTests
{
    [Test]
    public void Detached_message_does_not_notice_that_its_transport_message_is_gone()
    {
        var header = """{"msg_id":"m1","msg_type":"stream"}"""u8.ToArray();
        var parent = """{"msg_id":"p1","msg_type":"execute_request"}"""u8.ToArray();
        var metadata = """{"a":1}"""u8.ToArray();
        var content = """{"name":"stderr","text":"hello"}"""u8.ToArray();
        var buffer = new byte[] { 1, 2, 3 };
        JupyterMessage.TryCreateRaw(header, parent, metadata, content, [buffer, default], out var borrowed, out _)
            .Should().BeTrue();

        var detached = borrowed!.Detach();
        foreach (var frame in new[] { header, parent, metadata, content, buffer }) frame.AsSpan().Fill(0xff);

        detached.MessageId.Should().Be("m1");
        detached.ParentMessageId.Should().Be("p1");
        Encoding.UTF8.GetString(detached.RawParentMessageId.Span).Should().Be("p1");
        detached.Header.MessageType.Should().Be("stream");
        detached.ParentHeader!.MessageType.Should().Be("execute_request");
        detached.Metadata["a"]!.Value<int>().Should().Be(1);
        detached.ReadContent<StreamOutput>().Should().Be(new StreamOutput { Name = "stderr", Text = "hello" });
        detached.Buffers[0].ToArray().Should().Equal(1, 2, 3);
        detached.Buffers[1].IsEmpty.Should().BeTrue();
        detached.Detach().Should().BeSameAs(detached);
    }

    [Test]
    public void Known_message_types_are_one_string_each()
    {
        foreach (var messageType in TypedContents.MessageTypes)
        {
            var message = Read($$"""{"msg_type":"{{messageType}}"}""");

            message.MessageType.Should().Be(messageType);
            Read($$"""{"msg_type":"{{messageType}}"}""").MessageType.Should().BeSameAs(message.MessageType);
        }
    }

    [Test]
    public void Every_listed_message_type_has_a_typed_content_and_the_other_way_round() =>
        typeof(MessageTypes).GetFields().Select(field => (string)field.GetRawConstantValue()!)
            .Should().BeEquivalentTo(TypedContents.MessageTypes);

    [Test]
    public void Unknown_message_type_stays_a_message()
    {
        var message = Read("""{"msg_id":"1","msg_type":"interrupt"}""", """{"anything":[1]}""");

        message.MessageType.Should().Be("interrupt");
        message.Content.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"anything":[1]}""");
    }

    [Test]
    public void Header_without_anything_but_a_type_is_read()
    {
        var header = Read("""{"msg_type":"status"}""").Header;

        header.Should().Be(new MessageHeader { MessageId = "", MessageType = "status" });
    }

    [Test]
    public void Unusual_header_fields_are_read_and_unknown_ones_are_kept()
    {
        // The client in Jupyter Server for remote gateways sends a number as date.
        var header = Read("""{"msg_id":"a\u002fb","msg_type":"status","date":1700000000.5,"subshell_id":null,"mood":{"x":[1,"2024-01-01"]}}""").Header;

        header.MessageId.Should().Be("a/b");
        header.Date.Should().Be("1700000000.5");
        header.SubshellId.Should().BeNull();
        header.ExtraFields!.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"mood":{"x":[1,"2024-01-01"]}}""");
        MessageHeader.Read(header.ToUtf8()).Should().Be(header);
    }

    [Test]
    public void Escaped_message_id_is_decoded()
    {
        var message = Read("""{"msg_id":"a\u002fb","msg_type":"status"}""");

        message.MessageId.Should().Be("a/b");
    }

    [Test]
    public void Invalid_utf8_in_a_header_is_replaced_and_the_message_kept()
    {
        byte[] header = [.. "{\"msg_type\":\"status\",\"username\":\""u8, 0xff, 0xc3, .. "\"}"u8];
        JupyterMessage.TryCreateRaw(header, "{}"u8.ToArray(), "{}"u8.ToArray(), "{}"u8.ToArray(), [], out var message, out _)
            .Should().BeTrue();

        message!.Header.Username.Should().Be("\ufffd\ufffd");
    }

    [Test]
    public void Headers_are_equal_when_all_fields_are()
    {
        var header = new MessageHeader { MessageId = "1", MessageType = "t", ExtraFields = new JObject { ["a"] = 1 } };

        header.Should().Be(header with { ExtraFields = new JObject { ["a"] = 1 } });
        header.GetHashCode().Should().Be((header with { ExtraFields = null }).GetHashCode());
        header.Should().NotBe(header with { ExtraFields = new JObject { ["a"] = 2 } });
        header.Should().NotBe(header with { Date = "x" });
    }

    [Test]
    public void Text_of_a_message_shows_no_content()
    {
        var message = Read("""{"msg_id":"1","msg_type":"stream"}""", """{"text":"confidential"}""");

        message.ToString().Should().Be("stream 1 (23 bytes, 0 buffers)");
    }

    [Test]
    public void Non_finite_numbers_never_reach_the_wire()
    {
        var message = JupyterMessage.Create(
            new MessageHeader { MessageId = "1", MessageType = "t" }, null,
            new JObject { ["a"] = double.NaN, ["b"] = double.PositiveInfinity, ["c"] = 1.0, ["d"] = 1e300 });

        Encoding.UTF8.GetString(message.RawContent.Span).Should().Be("""{"a":null,"b":null,"c":1.0,"d":1E+300}""");
    }

    [Test]
    public void Invalid_text_is_sent_with_replacement_characters()
    {
        var message = new MessageFactory("s", "u").Create(
            new ExecuteRequest { Code = "'\ud83d'", UserExpressions = new JObject { ["\ude00"] = "\ud83d" } });

        var received = ExecuteRequest.Read(message.RawContent);
        received.Code.Should().Be("'\ufffd'");
        received.UserExpressions["\ufffd"]!.Value<string>().Should().Be("\ufffd");
    }

    [Test]
    public void Dates_a_parser_has_made_of_text_are_sent_as_the_text_they_were()
    {
        var message = JupyterMessage.Create(
            new MessageHeader { MessageId = "1", MessageType = "t" }, null, JObject.Parse("""{"a":"2024-01-02T03:04:05.678Z","b":[1,2.5,18446744073709551615]}"""));

        Encoding.UTF8.GetString(message.RawContent.Span).Should().Be(
            """{"a":"2024-01-02T03:04:05.678Z","b":[1,2.5,18446744073709551615]}""");
    }

    private static JupyterMessage Read(string header, string content = "{}")
    {
        JupyterMessage.TryCreateRaw(
            Encoding.UTF8.GetBytes(header), "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content), [], out var message,
            out var reason).Should().BeTrue();
        reason.Should().Be(MessageDropReason.None);
        return message!;
    }
}
