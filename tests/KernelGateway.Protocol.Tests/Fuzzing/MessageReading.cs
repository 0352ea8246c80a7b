using System.Buffers;
using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Mime;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Protocol.Tests.Fuzzing;

/// <summary>Applies all readers to the frames of a message. Only the documented exceptions are caught.</summary>
internal static class MessageReading
{
    private const int WalkedLevels = 3;

    /// <summary>Reads a message with everything in it, and returns the number of values that were read.</summary>
    public static long Read(FuzzedMessage fuzzed, string otherType)
    {
        var codec = new WireCodec(fuzzed.Signer);
        if (!codec.TryDecode(fuzzed.Frames, out var message, out var prefixFrames, out var reason))
        {
            if (reason == MessageDropReason.None) throw new InvalidOperationException("Dropped for no reason.");
            return fuzzed.Frames.Count;
        }

        CheckIsKept(codec, fuzzed.Frames, message, prefixFrames);
        Lenient(() => ReadHeaders(message));
        Lenient(() => _ = message.Content);
        Lenient(() => _ = message.Metadata);
        ContentReading.Exercise(message.MessageType, message.RawContent);
        ContentReading.Exercise(otherType, message.RawContent);
        ReadBundle(message.RawContent);
        Copy(message.RawContent.Span);
        return fuzzed.Frames.Count + Walk(new RawJson(message.RawContent), WalkedLevels);
    }

    private static void CheckIsKept(WireCodec codec, IReadOnlyList<ReadOnlyMemory<byte>> frames, JupyterMessage message, int prefixFrames)
    {
        var detached = message.Detach();
        var sent = codec.Encode(detached, [.. frames.Take(prefixFrames)]);

        // The signature may differ only when the reader does not check signatures.
        var isKept = sent.Count == frames.Count
            && Enumerable.Range(0, sent.Count).All(i => i == prefixFrames + 1 || sent[i].Span.SequenceEqual(frames[i].Span));
        if (!isKept) throw new InvalidOperationException("The encoded message differs from the received one.");
        if (detached.MessageType != message.MessageType || detached.MessageId != message.MessageId || detached.ParentMessageId != message.ParentMessageId)
            throw new InvalidOperationException("The copy differs from the message.");
    }

    private static void ReadHeaders(JupyterMessage message)
    {
        _ = message.ToString();

        // Invalid Unicode is replaced by the first write. Later round trips must not change anything.
        var written = MessageHeader.Read(message.Header.ToUtf8()).ToUtf8();
        var again = MessageHeader.Read(written).ToUtf8();
        if (!again.Span.SequenceEqual(written.Span)) throw new InvalidOperationException("The header changes each time it is read and written.");
        _ = message.ParentHeader?.ToUtf8();
    }

    private static void ReadBundle(ReadOnlyMemory<byte> content)
    {
        if (!ContentReader.TryGetProperty(content, "data"u8, out var data) || data.Kind != JsonValueKind.Object) return;
        var bundle = new MimeBundle(data.Bytes);
        Lenient(() =>
        {
            foreach (var mediaType in bundle.MediaTypes)
            {
                _ = bundle.GetText(mediaType);
                _ = bundle.GetBytes(mediaType);
                _ = bundle[mediaType];
            }
        });
    }

    private static void Copy(ReadOnlySpan<byte> json)
    {
        var output = new ArrayBufferWriter<byte>();
        AsciiJson.Write(output, json);
        if (output.WrittenSpan.ContainsAnyExceptInRange((byte)0, (byte)0x7F) || output.WrittenSpan.IndexOfAny((byte)'\n', (byte)'\r') >= 0)
            throw new InvalidOperationException("The copy is not ASCII on one line.");
    }

    private static long Walk(RawJson value, int levels)
    {
        _ = value.AsInt64();
        _ = value.AsInt32();
        _ = value.AsBoolean();
        var values = 1L;
        try
        {
            _ = value.AsText();
            _ = value.AsTextList();
            if (levels == 0) return values;
            foreach (var property in value.EnumerateObject())
            {
                _ = property.Name;
                values += Walk(property.Value, levels - 1);
            }

            foreach (var item in value.EnumerateArray()) values += Walk(item, levels - 1);
        }
        catch (JsonException)
        {
            // The documented exception of the enumeration for bytes that are not JSON.
        }

        return values;
    }

    private static void Lenient(Action read)
    {
        try
        {
            read();
        }
        catch (MessageFormatException)
        {
            // The documented exception for content that is not JSON or is nested too deeply.
        }
    }
}
