using System.Text.Json;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>Reads the content that <c>display_data</c>, <c>update_display_data</c> and <c>execute_result</c> share.</summary>
internal static class DisplayContent
{
    public static MimeBundle ReadBundle(ReadOnlyMemory<byte> content) =>
        content.Field("data"u8) is { Kind: JsonValueKind.Object } data ? new MimeBundle(data.Bytes.ToArray()) : MimeBundle.Empty;

    public static JObject ReadMetadata(ReadOnlyMemory<byte> content)
    {
        try
        {
            return AddedRepresentations.RemoveMarks(content.Field("metadata"u8).AsObject());
        }
        catch (MessageFormatException)
        {
            // Nested too deeply to build an object. The sequence of events has no gaps, so the event is returned with the parts
            // that can be read.
            return [];
        }
    }

    /// <summary>Returns the media types that the gateway's own preparation of the kernel has added.</summary>
    public static IReadOnlySet<string> ReadAdded(ReadOnlyMemory<byte> content) => AddedRepresentations.Find(content.Field("metadata"u8));

    public static string? ReadDisplayId(ReadOnlyMemory<byte> content) =>
        content.Field("transient"u8).Bytes.Field("display_id"u8).AsString();
}
