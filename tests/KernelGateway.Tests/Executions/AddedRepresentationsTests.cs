using System.Text;
using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

public sealed class AddedRepresentationsTests
{
    private const string Mark = """{"kernel_gateway_added":true}""";

    [TestCase("display_data")]
    [TestCase("update_display_data")]
    [TestCase("execute_result")]
    public void Marked_media_types_go_with_their_metadata_and_the_rest_keeps_its_bytes(string type)
    {
        var given = Message(type, $$$"""
            {"data": {"text/plain": "\\u00e9 1.0", "e2b/data": {"a": [1]}, "application/json": [1]}, "metadata": {"x": {"y": 1.50}, "e2b/data": {{{Mark}}},
            "application/json": {"expanded": true, "kernel_gateway_added": true}}, "execution_count": 1}
            """);

        AddedRepresentations.TryRemove(given, out var original).Should().BeTrue();

        Encoding.UTF8.GetString(original!.RawContent.Span).Should().Be(
            """{"data":{"text/plain":"\\u00e9 1.0"},"metadata":{"x":{"y": 1.50}},"execution_count":1}""");
        original.MessageId.Should().Be(given.MessageId);
        original.ParentMessageId.Should().Be(given.ParentMessageId);
    }

    [TestCase("""{"data":{"text/plain":"kernel_gateway_added","e2b/data":{}},"metadata":{}}""")]
    [TestCase("""{"data":{"text/plain":"x","e2b/data":{}},"metadata":{"e2b/data":{"kernel_gateway_added":false}}}""")]
    [TestCase("""{"data":{"text/plain":"x"},"metadata":{"e2b/data":"kernel_gateway_added"}}""")]
    [TestCase("""{"data":{"text/plain":"x"},"metadata":["kernel_gateway_added"]}""")]
    [TestCase("""{"data":{"text/plain":"x"},"metadata":{"text/plain":{"kernel_gateway_added":true}""")]
    public void Representations_without_a_mark_are_unchanged(string content)
    {
        var given = Message("display_data", content);

        AddedRepresentations.TryRemove(given, out var original).Should().BeTrue();

        original.Should().BeSameAs(given);
    }

    [Test]
    public void Values_of_user_expressions_lose_added_representations_too()
    {
        const string Reply =
            """
            {"status":"ok","user_expressions":{"a":{"status":"ok","data":{"text/plain":"[1]","application/json":[1]},"metadata":{"application/json":MARK}},"b":{"status":"error"}}}
            """;
        var given = Message("execute_reply", Reply.Replace("MARK", Mark, StringComparison.Ordinal));

        AddedRepresentations.TryRemove(given, out var original).Should().BeTrue();

        Encoding.UTF8.GetString(original!.RawContent.Span).Should().Be(
            """{"status":"ok","user_expressions":{"a":{"status":"ok","data":{"text/plain":"[1]"},"metadata":{}},"b":{"status":"error"}}}""");
    }

    [Test]
    public void Display_that_was_added_goes_altogether() => AddedRepresentations.TryRemove(
        Message("display_data", """{"data":{"text/plain":"x"},"metadata":{"kernel_gateway_added":true}}"""), out _).Should().BeFalse();

    [Test]
    public void Marks_are_removed_from_metadata_with_objects_that_become_empty() => AddedRepresentations.RemoveMarks(
        JObject.Parse($$$"""{"a":{{{Mark}}},"b":{"expanded":true,"kernel_gateway_added":true},"c":{},"kernel_gateway_added":true}"""))
        .ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"b":{"expanded":true},"c":{}}""");

    private static JupyterMessage Message(string type, string content)
    {
        var header = Encoding.UTF8.GetBytes($$"""{"msg_id":"m1","msg_type":"{{type}}"}""");
        JupyterMessage.TryCreateRaw(
            header, """{"msg_id":"p1","msg_type":"execute_request"}"""u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content), [], out var message, out _)
            .Should().BeTrue();
        return message!;
    }
}
