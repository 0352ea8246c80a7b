using System.Text;
using System.Text.Json;
using FluentAssertions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Tests.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using NUnit.Framework;

namespace KernelGateway.Protocol.Tests.Wire;

[TestFixtureSource(typeof(RecordedConversation), nameof(RecordedConversation.Kernels))]
public class RecordedConversationTests(string kernel)
{
    private readonly RecordedConversation _conversation = RecordedConversation.Load(kernel);

    private IEnumerable<(RecordedFrames Recorded, JupyterMessage Message, int PrefixFrames)> Messages
    {
        get
        {
            var codec = new WireCodec(_conversation.CreateSigner());
            foreach (var recorded in _conversation.Messages.Where(recorded => recorded.Channel != KernelChannel.Heartbeat))
            {
                codec.TryDecode(recorded.Frames, out var message, out var prefixFrames, out var reason)
                    .Should().BeTrue($"{recorded} is a valid message, not {reason}");
                yield return (recorded, message!, prefixFrames);
            }
        }
    }

    [Test]
    public void Every_message_is_signed_and_readable() => Messages.Count().Should().BeGreaterThan(80);

    [Test]
    public void Every_signature_is_refused_under_another_key()
    {
        var codec = new WireCodec(MessageSigner.Create(_conversation.Key + "x"));
        foreach (var recorded in _conversation.Messages.Where(recorded => recorded.Channel != KernelChannel.Heartbeat))
        {
            codec.TryDecode(recorded.Frames, out _, out _, out var reason).Should().BeFalse();
            reason.Should().Be(MessageDropReason.BadSignature);
        }
    }

    [Test]
    public void Encoding_a_message_again_gives_the_same_frames()
    {
        var codec = new WireCodec(_conversation.CreateSigner());
        foreach (var (recorded, message, prefixFrames) in Messages)
        {
            var frames = codec.Encode(message, [.. recorded.Frames.Take(prefixFrames)]);

            Hex(frames).Should().Equal(Hex(recorded.Frames), $"{recorded}");
        }
    }

    [Test]
    public void Typed_header_and_content_write_the_bytes_of_the_client()
    {
        // The recording client wrote spaces after commas and colons. Apart from them every byte is compared.
        var codec = new WireCodec(_conversation.CreateSigner());
        foreach (var (recorded, message, _) in Messages.Where(message => message.Recorded.IsSent))
        {
            var typed = TypedContents.ByMessageType[message.MessageType];
            var content = typed.Write(typed.Read(message.RawContent));
            var rewritten = JupyterMessage.Create(message.Header, message.ParentHeader, Encoding.UTF8.GetBytes(content));

            var expected = JupyterMessage.TryCreateRaw(
                Compact(message.RawHeader), SortedCompact(message.RawParentHeader), Compact(message.RawMetadata),
                SortedCompact(message.RawContent), [], out var raw, out _) ? raw : null;
            var actual = JupyterMessage.TryCreateRaw(
                rewritten.RawHeader, SortedCompact(rewritten.RawParentHeader), rewritten.RawMetadata,
                SortedCompact(rewritten.RawContent), [], out raw, out _) ? raw : null;
            Text(codec.Encode(actual!)).Should().Equal(Text(codec.Encode(expected!)), $"{recorded}");
        }
    }

    [Test]
    public void Every_message_with_a_known_type_has_a_typed_content_that_can_be_written_and_read_again()
    {
        foreach (var (recorded, message, _) in Messages)
        {
            // xeus publishes two message types of its own.
            if (message.MessageType is "interrupt" or "shutdown") continue;
            var typed = TypedContents.ByMessageType[message.MessageType];

            var written = typed.Write(typed.Read(message.RawContent));

            typed.Write(typed.Read(Encoding.UTF8.GetBytes(written))).Should().Be(written, $"{recorded}");
            foreach (var property in typed.GetType().GetProperties()) property.GetValue(typed);
        }
    }

    [Test]
    public void Parent_of_every_answer_is_a_request_of_the_client()
    {
        var sent = Messages.Where(message => message.Recorded.IsSent).Select(message => message.Message.MessageId).ToHashSet();
        foreach (var (recorded, message, _) in Messages.Where(message => !message.Recorded.IsSent))
        {
            if (message.ParentMessageId is { } parent) sent.Should().Contain(parent, $"{recorded}");
            (message.ParentHeader?.MessageId).Should().Be(message.ParentMessageId);
            message.Header.MessageId.Should().Be(message.MessageId);
            message.Header.MessageType.Should().Be(message.MessageType);
        }
    }

    [Test]
    public void Object_models_of_content_and_metadata_say_the_same_as_the_bytes()
    {
        foreach (var (_, message, _) in Messages)
        {
            using var content = JsonDocument.Parse(message.RawContent);
            message.Content.Properties().Select(property => property.Name)
                .Should().Equal(content.RootElement.EnumerateObject().Select(property => property.Name));
            foreach (var property in message.Content.Properties())
            {
                ContentReader.TryGetProperty(message.RawContent, Encoding.UTF8.GetBytes(property.Name), out var raw)
                    .Should().BeTrue();
                Newtonsoft.Json.Linq.JToken.DeepEquals(raw.AsToken(), property.Value).Should().BeTrue();
            }
        }
    }

    private static IEnumerable<string> Hex(IEnumerable<ReadOnlyMemory<byte>> frames) =>
        frames.Select(frame => Convert.ToHexString(frame.Span));

    private static IEnumerable<string> Text(IEnumerable<ReadOnlyMemory<byte>> frames) =>
        frames.Select(frame => Encoding.UTF8.GetString(frame.Span));

    private static byte[] Compact(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) document.RootElement.WriteTo(writer);
        return stream.ToArray();
    }

    // The fields of a content have no order, and a parent header has the order of its sender.
    private static byte[] SortedCompact(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                property.WriteTo(writer);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }
}
