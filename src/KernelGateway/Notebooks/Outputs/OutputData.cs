using KernelGateway.Protocol;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Notebooks.Outputs;

/// <summary>Turns a kernel's MIME bundle into that of a notebook: JSON as JSON, everything else as text.</summary>
internal static class OutputData
{
    // Media types of the code interpreter's clients: no front end knows them, and they repeat the content of the others.
    private const string OwnPrefix = "e2b/";

    /// <param name="bundle">The bundle.</param>
    /// <param name="added">The media types that the gateway's own preparation of the kernel has added.</param>
    public static JObject Create(MimeBundle bundle, IReadOnlySet<string> added)
    {
        var data = new JObject();
        foreach (var mediaType in bundle.MediaTypes)
        {
            if (IsOwn(mediaType) || added.Contains(mediaType) || !bundle.TryGetRaw(mediaType, out var value)) continue;
            if (Convert(bundle, mediaType, value) is { } converted) data[mediaType] = converted;
        }

        return data;
    }

    /// <param name="metadata">The metadata; it is changed.</param>
    /// <param name="added">The media types that the gateway's own preparation of the kernel has added.</param>
    public static JObject CreateMetadata(JObject metadata, IReadOnlySet<string> added)
    {
        foreach (var own in metadata.Properties().Where(property => IsOwn(property.Name) || added.Contains(property.Name)).ToArray()) own.Remove();
        return metadata;
    }

    private static bool IsOwn(string mediaType) => mediaType.StartsWith(OwnPrefix, StringComparison.Ordinal);

    private static JToken? Convert(MimeBundle bundle, string mediaType, RawJson value)
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

        // The format requires text here. A value that is not text, from a kernel that has made the type up, is given as its JSON.
        return bundle.GetText(mediaType) is { } text ? new JValue(text) : null;
    }

    // As the schema of the format has it: application/json and application/…+json.
    private static bool IsJson(string mediaType) =>
        mediaType == MediaTypes.Json
        || (mediaType.StartsWith("application/", StringComparison.Ordinal) && mediaType.EndsWith("+json", StringComparison.Ordinal));
}
