using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Splits a <c>stream</c> message that is too long for one WebSocket message into several.</summary>
/// <remarks>
/// Clients limit what they receive: Python's <c>websockets</c> closes on a message of more than 1 MiB, and a kernel flushes megabytes of output as one
/// message. The pieces have the same parent, stream name and metadata, and their texts joined are the text. A cut is made neither inside a
/// UTF-8 sequence nor inside an escape, nor between the two escapes of a surrogate pair. The first piece keeps the id of the message, the
/// following ones get <c>.1</c>, <c>.2</c> and so on behind it, so that a client can name the last piece that it received.
/// </remarks>
public static class StreamSplitter
{
    private const int EscapeBytes = 2;
    private const int UnicodeEscapeBytes = 6;

    /// <summary>Splits a message.</summary>
    /// <param name="message">Any message.</param>
    /// <param name="maxContentBytes">The longest content, in bytes. At least 1024.</param>
    /// <returns>
    /// Pieces that own their bytes; null when the message need not or cannot be split: its content is short enough, or it is not one of a
    /// text that makes up most of it.
    /// </returns>
    public static IReadOnlyList<JupyterMessage>? Split(JupyterMessage message, int maxContentBytes)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxContentBytes, 1024);
        var content = message.RawContent;
        if (content.Length <= maxContentBytes || message.MessageType != MessageTypes.Stream || message.Buffers.Count > 0) return null;
        if (FindText(content) is not var (start, length) || length == 0) return null;
        var maxTextBytes = maxContentBytes - (content.Length - length);
        return maxTextBytes < maxContentBytes / 2 ? null : Split(message, start, length, maxTextBytes);
    }

    private static List<JupyterMessage> Split(JupyterMessage message, int start, int length, int maxTextBytes)
    {
        // Copied, so that a piece does not keep the memory of the whole message.
        var parentHeader = message.RawParentHeader.ToArray();
        var metadata = message.RawMetadata.ToArray();
        var content = message.RawContent.Span;
        var before = content[..start];
        var text = content.Slice(start, length);
        var after = content[(start + length)..];
        var pieces = new List<JupyterMessage>((length / maxTextBytes) + 2);
        while (!text.IsEmpty)
        {
            var cut = FindCut(text, maxTextBytes);
            byte[] piece = [.. before, .. text[..cut], .. after];
            pieces.Add(JupyterMessage.CreateOwned(new MessageFrames(HeaderOf(message, pieces.Count), parentHeader, metadata, piece, [])));
            text = text[cut..];
        }

        return pieces;
    }

    // The position of the text, between its quotes; null when it is not one string.
    private static (int Start, int Length)? FindText(ReadOnlyMemory<byte> content)
    {
        (int, int)? found = null;
        try
        {
            var properties = ContentReader.EnumerateProperties(content);
            while (properties.MoveNext())
            {
                var property = properties.Current;
                if (!property.NameEquals("text"u8)) continue;

                // Of equal names the last one counts in some parsers and the first one in others.
                if (found is not null || property.Value.Kind != JsonValueKind.String) return null;
                content.Span.Overlaps(property.Value.Bytes.Span, out var offset);
                found = (offset + 1, property.Value.Bytes.Length - 2);
            }

            return properties.IsWholeObject ? found : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int FindCut(ReadOnlySpan<byte> text, int maxBytes)
    {
        if (text.Length <= maxBytes) return text.Length;
        var cut = StartOfSequence(text, maxBytes);
        for (var next = 0; ;)
        {
            var escape = text[next..cut].IndexOf((byte)'\\');
            if (escape < 0) return cut;
            next += escape;
            var end = next + EscapeLength(text[next..]);
            if (end > cut) return next;
            next = end;
        }
    }

    // A sequence of UTF-8 has three continuation bytes at most; a longer one is not UTF-8, and may be cut anywhere.
    private static int StartOfSequence(ReadOnlySpan<byte> text, int index)
    {
        for (var start = index; start > index - 4; start--)
        {
            if ((text[start] & 0xC0) != 0x80) return start;
        }

        return index;
    }

    private static int EscapeLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < UnicodeEscapeBytes || text[1] != 'u') return EscapeBytes;
        var isPair = IsSurrogate(text, "89abAB"u8) && text.Length >= 2 * UnicodeEscapeBytes && IsSurrogate(text[UnicodeEscapeBytes..], "cdefCDEF"u8);
        return isPair ? 2 * UnicodeEscapeBytes : UnicodeEscapeBytes;
    }

    // \uD8.. to \uDB.. is the first half of a pair, \uDC.. to \uDF.. the second.
    private static bool IsSurrogate(ReadOnlySpan<byte> escape, ReadOnlySpan<byte> secondDigits) =>
        escape[0] == '\\' && escape[1] == 'u' && escape[2] is (byte)'d' or (byte)'D' && secondDigits.Contains(escape[3]);

    private static ReadOnlyMemory<byte> HeaderOf(JupyterMessage message, int number)
    {
        var header = message.RawHeader.Span;
        var id = message.RawMessageId.Span;
        if (number == 0 || id.IsEmpty) return message.RawHeader.ToArray();
        header.Overlaps(id, out var start);
        var end = start + id.Length;
        return (byte[])[.. header[..end], .. System.Text.Encoding.ASCII.GetBytes($".{number}"), .. header[end..]];
    }
}
