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
    /// <summary>Nesting costs the reader one bit a level, so depth is no reason to refuse a message that is only passed on.</summary>
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 1 << 20 };

    private const int MaxStackChars = 256;

    /// <summary>Decodes the bytes between the quotes of a JSON string.</summary>
    public static string Decode(ReadOnlySpan<byte> raw)
    {
        if (!raw.Contains((byte)'\\')) return Encoding.UTF8.GetString(raw);
        // A character never takes fewer bytes than chars: the raw length is room enough.
        char[]? rented = null;
        var buffer = raw.Length <= MaxStackChars
            ? stackalloc char[MaxStackChars]
            : rented = ArrayPool<char>.Shared.Rent(raw.Length);
        try
        {
            return new string(buffer[..Unescape(raw, buffer)]);
        }
        finally
        {
            if (rented is not null) ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>Compares the bytes between the quotes of a string that holds escapes with plain UTF-8 text.</summary>
    public static bool EscapedEquals(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text) =>
        Decode(raw) == Encoding.UTF8.GetString(text);

    private static int Unescape(ReadOnlySpan<byte> raw, Span<char> output)
    {
        var written = 0;
        while (true)
        {
            var backslash = raw.IndexOf((byte)'\\');
            var plain = backslash < 0 ? raw : raw[..backslash];
            written += Encoding.UTF8.GetChars(plain, output[written..]);
            if (backslash < 0 || backslash + 1 == raw.Length) return written;
            output[written++] = ReadEscape(raw[(backslash + 1)..], out var used);
            raw = raw[(backslash + 1 + used)..];
        }
    }

    private static char ReadEscape(ReadOnlySpan<byte> afterBackslash, out int used)
    {
        used = 1;
        switch ((char)afterBackslash[0])
        {
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when TryReadHex(afterBackslash[1..], out var unit):
                used = 5;
                return unit;
            default: return (char)afterBackslash[0];
        }
    }

    private static bool TryReadHex(ReadOnlySpan<byte> digits, out char unit)
    {
        var isHex = digits.Length >= 4
            & ushort.TryParse(digits[..Math.Min(4, digits.Length)], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out var value);
        unit = (char)value;
        return isHex;
    }
}
