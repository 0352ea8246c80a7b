using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Copies text that should be UTF-8, and replaces invalid sequences by U+FFFD.</summary>
/// <remarks>
/// A client must close its connection on a text frame that is not UTF-8 (RFC 6455, 8.1), and so would lose all later messages.
/// The reference implementation decodes invalid text in the same way. No ASCII byte is ever part of an invalid sequence, so the
/// structure of the JSON stays.
/// </remarks>
internal static class Utf8Repair
{
    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    /// <summary>Gives the length of the repaired text.</summary>
    public static long GetLength(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text)) return text.Length;
        var length = 0L;
        while (!text.IsEmpty)
        {
            var isValid = Rune.DecodeFromUtf8(text, out _, out var used) == OperationStatus.Done;
            length += isValid ? used : Replacement.Length;
            text = text[used..];
        }
        return length;
    }

    /// <summary>Writes the repaired text; valid parts may be referenced.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlyMemory<byte> text)
    {
        if (Utf8.IsValid(text.Span)) MessageParts.Splice(output, text);
        else WriteRepaired(output, text.Span);
    }

    private static void WriteRepaired(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        var start = 0;
        var next = 0;
        while (next < text.Length)
        {
            var isValid = Rune.DecodeFromUtf8(text[next..], out _, out var used) == OperationStatus.Done;
            if (!isValid)
            {
                output.Write(text[start..next]);
                output.Write(Replacement);
                start = next + used;
            }
            next += used;
        }
        output.Write(text[start..]);
    }
}
