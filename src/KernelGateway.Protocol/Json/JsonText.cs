using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>Decodes the inside of JSON strings without ever failing.</summary>
/// <remarks>
/// The runtime's reader refuses invalid UTF-8 and escaped lone surrogates. Kernels send both: a program may print half of a
/// surrogate pair, and the reference decoder replaces what is not UTF-8 rather than lose the message.
/// </remarks>
internal static class JsonText
{
    /// <summary>
    /// Nesting costs the reader one bit a level, so a message that is only passed on is not refused for its depth.
    /// </summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 1 << 20 };

    /// <summary>
    /// The most characters that are rented from the shared pool at once. The pool keeps what it gets back, an array for each
    /// thread.
    /// </summary>
    public const int MaxRentedChars = 64 * 1024;

    private const int MaxStackChars = 256;

    /// <summary>Decodes the bytes between the quotes of a JSON string.</summary>
    public static string Decode(ReadOnlySpan<byte> raw)
    {
        if (!raw.Contains((byte)'\\')) return Encoding.UTF8.GetString(raw);
        // UTF-8 never decodes to more units than it has bytes, and unescaping only shrinks.
        char[]? rented = null;
        var buffer = raw.Length <= MaxStackChars ? stackalloc char[MaxStackChars]
            : raw.Length <= MaxRentedChars ? rented = ArrayPool<char>.Shared.Rent(raw.Length)
            : new char[raw.Length];
        try
        {
            buffer = buffer[..Encoding.UTF8.GetChars(raw, buffer)];
            return new string(buffer[..Unescape(buffer)]);
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>Compares the bytes between the quotes of a string that holds escapes with plain UTF-8 text.</summary>
    public static bool EscapedEquals(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text) =>
        Decode(raw) == Encoding.UTF8.GetString(text);

    /// <summary>Resolves escapes in place and returns the length that remains.</summary>
    private static int Unescape(Span<char> text)
    {
        var read = text.IndexOf('\\');
        var written = read;
        while (read < text.Length)
        {
            if (read + 1 == text.Length) return written;   // half an escape
            text[written++] = ReadEscape(text[(read + 1)..], out var used);
            read += 1 + used;
            var plain = text[read..].IndexOf('\\');
            if (plain < 0) plain = text.Length - read;
            text.Slice(read, plain).CopyTo(text[written..]);
            written += plain;
            read += plain;
        }
        return written;
    }

    private static char ReadEscape(ReadOnlySpan<char> afterBackslash, out int used)
    {
        used = 1;
        switch (afterBackslash[0])
        {
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when afterBackslash.Length > 4 && ushort.TryParse(
                afterBackslash.Slice(1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                used = 5;
                return (char)unit;
            default: return afterBackslash[0];
        }
    }
}
