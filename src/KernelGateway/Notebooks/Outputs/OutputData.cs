using System.Text;
using System.Text.Json;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks.Outputs;

/// <summary>Turns a kernel's MIME bundle into that of a notebook: JSON as JSON, everything else as text.</summary>
internal static class OutputData
{
    // What the gateway's own preparation of Python kernels adds: no front end knows it, and it repeats what the others show.
    private const string OwnPrefix = "e2b/";

    public static JObject Of(MimeBundle bundle)
    {
        var data = new JObject();
        foreach (var mediaType in bundle.MediaTypes)
        {
            if (IsOwn(mediaType) || !bundle.TryGetRaw(mediaType, out var value)) continue;
            if (Convert(mediaType, value) is { } converted) data[mediaType] = converted;
        }

        return data;
    }

    public static JObject MetadataOf(JObject metadata)
    {
        foreach (var own in metadata.Properties().Where(property => IsOwn(property.Name)).ToArray()) own.Remove();
        return metadata;
    }

    private static bool IsOwn(string mediaType) => mediaType.StartsWith(OwnPrefix, StringComparison.Ordinal);

    private static JToken? Convert(string mediaType, RawJson value)
    {
        try
        {
            if (IsJson(mediaType)) return value.AsToken();
        }
        catch (MessageFormatException)
        {
            // Nested too deeply to build; the other representations of the value are still good.
            return null;
        }

        // The format wants text here. A value that is none, from a kernel that has made the type up, is given as its JSON.
        var text = value.Kind == JsonValueKind.Object ? Encoding.UTF8.GetString(value.Bytes.Span) : value.AsText();
        return text is null ? null : new JValue(text);
    }

    // As the schema of the format has it: application/json and application/…+json.
    private static bool IsJson(string mediaType) =>
        mediaType == MediaTypes.Json
        || (mediaType.StartsWith("application/", StringComparison.Ordinal) && mediaType.EndsWith("+json", StringComparison.Ordinal));
}
