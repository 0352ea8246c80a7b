using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Json;

/// <summary>Adds to the runtime's writer what the typed contents write more than once.</summary>
internal static class JsonWriterExtensions
{
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
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
