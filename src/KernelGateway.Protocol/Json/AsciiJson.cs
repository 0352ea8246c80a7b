using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace KernelGateway.Protocol.Json;

/// <summary>Copies raw JSON as pure ASCII on one line, as NDJSON readers of every sort expect it.</summary>
public static class AsciiJson
{
    private const int MaxEscapedRune = 12;   // \ud83d\ude00

    private const ushort EscapePrefix = 'u' << 8 | '\\';

    private const string HexDigits = "0123456789abcdef";

    private static readonly ushort[] HexPairs =
        [.. Enumerable.Range(0, 256).Select(value => (ushort)(HexDigits[value & 0xf] << 8 | HexDigits[value >> 4]))];

    // The characters that are copied unchanged: ASCII except line breaks, which in JSON can occur between tokens only.
    private static readonly SearchValues<byte> Copied = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Where(value => value is not ('\n' or '\r')).Select(value => (byte)value)]);

    /// <summary>Writes a JSON value with every code point outside ASCII as <c>\uXXXX</c> and without raw line breaks.</summary>
    /// <param name="output">Receives the bytes.</param>
    /// <param name="rawJsonValue">
    /// One JSON value in UTF-8; invalid sequences become <c>\ufffd</c>. Its syntax is not checked.
    /// </param>
    /// <remarks>
    /// Code points beyond U+FFFF become a pair of surrogate escapes. Escapes already there are kept, paired or not.
    /// </remarks>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> rawJsonValue)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (true)
        {
            var special = rawJsonValue.IndexOfAnyExcept(Copied);
            if (special < 0)
            {
                output.Write(rawJsonValue);
                return;
            }
            output.Write(rawJsonValue[..special]);
            rawJsonValue = rawJsonValue[special..];
            rawJsonValue = rawJsonValue[WriteSpecial(output, rawJsonValue)..];
        }
    }

    /// <summary>
    /// Escapes the run of special bytes at the start and returns its length; text in other scripts is mostly such runs.
    /// </summary>
    private static int WriteSpecial(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        var read = 0;
        var span = output.GetSpan(MaxEscapedRune);
        var written = 0;
        while (read < json.Length && written + MaxEscapedRune <= span.Length)
        {
            var value = json[read];
            if (value is (byte)'\n' or (byte)'\r')
            {
                read++;
                continue;
            }
            if (value < 0x80) break;
            Rune.DecodeFromUtf8(json[read..], out var rune, out var used);   // U+FFFD for invalid UTF-8
            read += used;
            written += Escape(rune, span[written..]);
        }
        output.Advance(written);
        return read;
    }

    private static int Escape(Rune rune, Span<byte> output)
    {
        if (rune.IsBmp)
        {
            EscapeUnit(rune.Value, output);
            return 6;
        }
        var offset = rune.Value - 0x10000;
        EscapeUnit(0xd800 + (offset >> 10), output);
        EscapeUnit(0xdc00 + (offset & 0x3ff), output[6..]);
        return MaxEscapedRune;
    }

    private static void EscapeUnit(int unit, Span<byte> output)
    {
        // Two bytes at a time: \u, two digits, two digits.
        BinaryPrimitives.WriteUInt16LittleEndian(output[4..], HexPairs[unit & 0xff]);
        BinaryPrimitives.WriteUInt16LittleEndian(output[2..], HexPairs[unit >> 8 & 0xff]);
        BinaryPrimitives.WriteUInt16LittleEndian(output, EscapePrefix);
    }
}
