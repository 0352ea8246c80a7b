using System.Buffers;
using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>Finds where JSON values end.</summary>
/// <remarks>
/// Most bytes of kernels are strings. Text has many escapes, and the runtime's reader stops at each of them. This code searches
/// the closing quote only, which is about ten times faster on a megabyte of lines; the code that decodes the string checks the
/// escapes. All other values are checked by the runtime's reader.
/// </remarks>
internal static class JsonScanner
{
    // The end of a string, and the bytes that it must not contain.
    private static readonly SearchValues<byte> QuoteOrControl =
        SearchValues.Create([(byte)'"', .. Enumerable.Range(0, 0x20).Select(value => (byte)value)]);

    /// <summary>
    /// Returns the index of the first byte at or after an index that is not white space; the length when there is none.
    /// </summary>
    public static int SkipBlanks(ReadOnlySpan<byte> json, int index)
    {
        while (index < json.Length && json[index] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') index++;
        return index;
    }

    /// <summary>Returns the index after the value that begins at an index.</summary>
    /// <exception cref="JsonException">No whole value begins there.</exception>
    public static int EndOfValue(ReadOnlySpan<byte> json, int index)
    {
        if (index < json.Length && json[index] == '"') return EndOfString(json, index);
        var reader = new Utf8JsonReader(json[index..], JsonText.ReaderOptions);
        reader.Read();
        reader.Skip();
        return index + (int)reader.BytesConsumed;
    }

    /// <summary>Returns the index after the closing quote of the string that begins at an index.</summary>
    /// <exception cref="JsonException">No whole string begins there.</exception>
    public static int EndOfString(ReadOnlySpan<byte> json, int index)
    {
        if (index >= json.Length || json[index] != '"') throw new JsonException("Expected a string.");
        var start = index + 1;
        for (var next = start; ; next++)
        {
            var found = json[next..].IndexOfAny(QuoteOrControl);
            if (found < 0) throw new JsonException("A string does not end.");
            next += found;
            if (json[next] != '"') throw new JsonException("A string contains a raw control character.");
            if (!IsEscaped(json[start..next])) return next + 1;
        }
    }

    // An odd number of backslashes before a quote escapes it. No byte is looked at twice: the run ends at the quote before.
    private static bool IsEscaped(ReadOnlySpan<byte> before) =>
        ((before.Length - 1 - before.LastIndexOfAnyExcept((byte)'\\')) & 1) != 0;
}
