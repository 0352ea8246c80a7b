using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Reads and writes <c>transient</c>, the part of a display that is not saved: <c>{"display_id": …}</c>.</summary>
internal static class DisplayTransient
{
    public static string? ReadDisplayId(in ContentFields fields) =>
        ContentReader.TryGetProperty(fields["transient"u8].Bytes, "display_id"u8, out var id) ? id.AsText() : null;

    public static void Write(Utf8JsonWriter writer, string? displayId)
    {
        writer.WriteStartObject("transient"u8);
        if (displayId is not null) writer.WriteString("display_id"u8, displayId);
        writer.WriteEndObject();
    }
}
