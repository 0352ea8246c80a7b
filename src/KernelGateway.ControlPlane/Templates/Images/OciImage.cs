using System.Text.Json;
using System.Text.RegularExpressions;

namespace KernelGateway.ControlPlane.Templates.Images;

/// <summary>An image of an <see cref="OciLayout"/>.</summary>
/// <param name="Layers">The layers, the lowest first.</param>
/// <param name="Defaults">What it says about its programs.</param>
internal sealed record OciImage(IReadOnlyList<OciDescriptor> Layers, ImageDefaults Defaults);

/// <summary>A reference to a blob.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Algorithm">How the digest is computed; also a directory name.</param>
/// <param name="Digest">The digest in lower-case hexadecimal digits; also a file name.</param>
/// <param name="Size">The number of bytes.</param>
internal sealed partial record OciDescriptor(string MediaType, string Algorithm, string Digest, long Size)
{
    internal const string Sha256 = "sha256";

    /// <summary>Reads one.</summary>
    /// <exception cref="TemplateException">It is not one.</exception>
    internal static OciDescriptor Read(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object
            && element.TryGetProperty("digest", out var digest) && digest.ValueKind == JsonValueKind.String
            && element.TryGetProperty("size", out var size) && size.ValueKind == JsonValueKind.Number
            && size.TryGetInt64(out var bytes) && bytes >= 0
            && Form().IsMatch(digest.GetString()!))
        {
            var type = element.TryGetProperty("mediaType", out var found) && found.ValueKind == JsonValueKind.String
                ? found.GetString()!
                : "";
            var parts = digest.GetString()!.Split(':');
            return new OciDescriptor(type, parts[0], parts[1], bytes);
        }

        throw new TemplateException("A descriptor of the image has no valid digest (sha256 or sha512) or size.");
    }

    // It becomes a path.
    [GeneratedRegex("^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
