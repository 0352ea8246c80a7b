using System.Buffers;
using System.Text.Json;

namespace KernelGateway.Protocol.Json;

/// <summary>Checks that a part of a message is JSON that every parser reads, without building anything.</summary>
internal static class JsonValidator
{
    private const int UnicodeDigits = 4;

    private static readonly SearchValues<byte> Escapable = SearchValues.Create("\"\\/bfnrtu"u8);

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    /// <summary>
    /// Returns whether the bytes are one JSON value that is not nested deeper than allowed. It does not check for invalid UTF-8.
    /// </summary>
    public static bool IsReadable(ReadOnlyMemory<byte> json, int maxDepth)
    {
        try
        {
            var span = json.Span;
            var start = JsonScanner.SkipBlanks(span, 0);
            if (start == span.Length || span[start] != '{')
            {
                ReadValue(span, maxDepth);
                return true;
            }

            var properties = ContentReader.EnumerateProperties(json);
            while (properties.MoveNext())
            {
                CheckEscapes(properties.Current.RawName.Span);
                var value = properties.Current.Value.Bytes.Span;

                // Most bytes of kernels are text, and the runtime's reader stops at each escape in it.
                if (value[0] == '"') CheckEscapes(value[1..^1]);
                else ReadValue(value, maxDepth - 1);
            }

            return properties.IsWholeObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void ReadValue(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        while (reader.Read())
        {
        }
    }

    private static void CheckEscapes(ReadOnlySpan<byte> text)
    {
        for (var at = text.IndexOf((byte)'\\'); at >= 0; at = text.IndexOf((byte)'\\'))
        {
            text = text[(at + 1)..];
            if (text.IsEmpty || !Escapable.Contains(text[0])) throw new JsonException("A string contains an invalid escape.");
            if (text[0] == 'u' && (text.Length <= UnicodeDigits || text.Slice(1, UnicodeDigits).ContainsAnyExcept(HexDigits)))
                throw new JsonException("A string contains an incomplete Unicode escape.");
            text = text[1..];
        }
    }
}
