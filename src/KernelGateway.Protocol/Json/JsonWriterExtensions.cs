using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Json;

/// <summary>Adds to the runtime's writer what the typed contents write more than once.</summary>
internal static class JsonWriterExtensions
{
    /// <summary>The longest text that is written at once.</summary>
    /// <remarks>The writer rents six characters for each one that it may have to escape.</remarks>
    public const int MaxPieceChars = JsonText.MaxRentedChars / 6;

    /// <summary>Writes a property whose text can be of any length, with buffers of bounded size.</summary>
    public static void WriteText(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        writer.WritePropertyName(name);
        writer.WriteTextValue(text);
    }

    /// <summary>Writes a text that can be of any length, with buffers of bounded size.</summary>
    public static void WriteTextValue(this Utf8JsonWriter writer, string? text)
    {
        if (text is not { Length: > MaxPieceChars })
        {
            writer.WriteStringValue(text);
            return;
        }

        var rest = text.AsSpan();
        while (rest.Length > MaxPieceChars)
        {
            var length = char.IsHighSurrogate(rest[MaxPieceChars - 1]) ? MaxPieceChars - 1 : MaxPieceChars;
            writer.WriteStringValueSegment(rest[..length], isFinalSegment: false);
            rest = rest[length..];
        }

        writer.WriteStringValueSegment(rest, isFinalSegment: true);
    }

    public static void WriteEmptyObject(this Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteEndObject();
    }

    public static void WriteToken(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JToken value)
    {
        writer.WritePropertyName(name);
        JsonTokens.Write(writer, value);
    }

    public static void WriteTexts(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteTextValue(text);
        writer.WriteEndArray();
    }
}
