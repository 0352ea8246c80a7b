using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace KernelGateway.ControlPlane.Templates.Images;

/// <summary>A directory with container images, as the OCI image layout specification 1.0 describes it.</summary>
/// <remarks>
/// <code>
/// oci-layout               { "imageLayoutVersion": "1.0.0" }
/// index.json               descriptors of manifests, or of further indexes
/// blobs/sha256/DIGEST      manifests, configurations, layers
/// </code>
/// A blob is used only after its length and its digest were compared with its descriptor.
/// </remarks>
/// <param name="path">The directory.</param>
internal sealed class OciLayout(string path)
{
    private const string MarkFile = "oci-layout";
    private const string IndexFile = "index.json";
    private const string NameAnnotation = "org.opencontainers.image.ref.name";
    private const int MaxDocumentBytes = 4 << 20;
    private const int MaxLayers = 1_000;
    private const int MaxIndexDepth = 4;

    private static readonly string[] IndexTypes =
        ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.X86 => "386",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Returns whether a directory is one.</summary>
    internal static bool IsOne(string path) =>
        File.Exists(Path.Combine(path, MarkFile)) && File.Exists(Path.Combine(path, IndexFile));

    /// <summary>Finds the image for this machine.</summary>
    /// <param name="name">Its name in the index; null when the index has one only.</param>
    /// <exception cref="TemplateException">There is none, there are several, or a file is not what its digest says.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    internal OciImage Find(string? name)
    {
        using var mark = Parse(ReadFile(Path.Combine(path, MarkFile)), MarkFile);
        var version = Text(mark.RootElement, "imageLayoutVersion");
        if (version?.StartsWith("1.", StringComparison.Ordinal) != true)
            throw new TemplateException($"'{path}' is not a layout of version 1.");
        using var index = Parse(ReadFile(Path.Combine(path, IndexFile)), IndexFile);
        return Choose(index.RootElement, name, 0);
    }

    /// <summary>Opens a blob, after it was compared with its descriptor.</summary>
    /// <exception cref="TemplateException">It does not exist, or is not what its digest says.</exception>
    internal FileStream Open(OciDescriptor descriptor)
    {
        var file = Path.Combine(path, "blobs", descriptor.Algorithm, descriptor.Digest);
        FileStream blob;
        try
        {
            blob = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TemplateException($"The image has no blob '{file}'.", exception);
        }

        try
        {
            // The length first: it says how much is read.
            if (blob.Length != descriptor.Size)
                throw new TemplateException(
                    $"'{file}' has {blob.Length} bytes, not the {descriptor.Size} bytes of its descriptor.");
            var digest = descriptor.Algorithm == OciDescriptor.Sha256 ? SHA256.HashData(blob) : SHA512.HashData(blob);
            if (Convert.ToHexStringLower(digest) != descriptor.Digest)
                throw new TemplateException($"The content of '{file}' does not have the digest that is its name.");
            blob.Position = 0;
            return blob;
        }
        catch
        {
            blob.Dispose();
            throw;
        }
    }

    private OciImage Choose(JsonElement index, string? name, int depth)
    {
        if (depth > MaxIndexDepth) throw new TemplateException("The indexes of the image contain each other.");
        var entries = Array(index, "manifests");
        if (name is not null) entries = [.. entries.Where(entry => NameOf(entry) == name)];
        var fitting = entries.Where(FitsMachine).ToArray();
        if (fitting.Length == 0)
            throw new TemplateException(
                $"'{path}' has no image {(name is null ? "" : $"'{name}' ")}for linux/{Architecture}. {Known(index)}");
        if (fitting.Length > 1) throw new TemplateException($"'{path}' has several images; name one. {Known(index)}");
        var descriptor = OciDescriptor.Read(fitting[0]);
        using var document = ReadDocument(descriptor);
        return IndexTypes.Contains(descriptor.MediaType) || document.RootElement.TryGetProperty("manifests", out _)
            ? Choose(document.RootElement, null, depth + 1)
            : ReadImage(document.RootElement);
    }

    private OciImage ReadImage(JsonElement manifest)
    {
        if (!manifest.TryGetProperty("config", out var reference))
            throw new TemplateException("The manifest of the image has no 'config'.");
        using var document = ReadDocument(OciDescriptor.Read(reference));
        var configuration = document.RootElement;
        var (system, architecture) = (Text(configuration, "os"), Text(configuration, "architecture"));
        if (system != "linux" || architecture != Architecture)
            throw new TemplateException($"The image is for {system}/{architecture}, and this machine is linux/{Architecture}.");
        var layers = Array(manifest, "layers").Select(OciDescriptor.Read).ToArray();
        if (layers.Length > MaxLayers) throw new TemplateException($"The image has more than {MaxLayers} layers.");
        var described = configuration.TryGetProperty("rootfs", out var root) ? Array(root, "diff_ids").Length : layers.Length;
        if (described != layers.Length)
            throw new TemplateException($"The image has {layers.Length} layers, and its configuration {described}.");
        return new OciImage(layers, ReadDefaults(configuration.TryGetProperty("config", out var config) ? config : default));
    }

    // Of the specification: User is "user", "uid", "user:group" and so on; without it, programs run as root.
    private static ImageDefaults ReadDefaults(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object) return new ImageDefaults("root", "/", new Dictionary<string, string>());
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in Texts(config, "Env"))
        {
            var end = variable.IndexOf('=', StringComparison.Ordinal);
            if (end > 0) variables[variable[..end]] = variable[(end + 1)..];
        }

        var user = (Text(config, "User") ?? "").Split(':')[0];
        var directory = Text(config, "WorkingDir") ?? "";
        return new ImageDefaults(
            user is "" or "0" ? "root" : user,
            directory.StartsWith('/') ? directory : "/" + directory,
            variables);
    }

    private static bool FitsMachine(JsonElement entry) =>
        entry.ValueKind != JsonValueKind.Object
        || !entry.TryGetProperty("platform", out var platform) || platform.ValueKind != JsonValueKind.Object
        || (Text(platform, "os") == "linux" && Text(platform, "architecture") == Architecture);

    private static string? NameOf(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("annotations", out var annotations)
        && annotations.ValueKind == JsonValueKind.Object ? Text(annotations, NameAnnotation) : null;

    private static string Known(JsonElement index) =>
        Array(index, "manifests").Select(NameOf).OfType<string>().ToArray() is { Length: > 0 } names
            ? $"It has {string.Join(", ", names.Select(name => $"'{name}'"))}." : "";

    private JsonDocument ReadDocument(OciDescriptor descriptor)
    {
        if (descriptor.Size > MaxDocumentBytes) throw new TemplateException("A document of the image is larger than 4 MiB.");
        using var blob = Open(descriptor);
        var content = new byte[blob.Length];
        blob.ReadExactly(content);
        return Parse(content, descriptor.Digest);
    }

    private static byte[] ReadFile(string file) => new FileInfo(file).Length <= MaxDocumentBytes
        ? File.ReadAllBytes(file)
        : throw new TemplateException($"'{file}' is larger than 4 MiB.");

    private static JsonDocument Parse(byte[] content, string name)
    {
        try
        {
            var document = JsonDocument.Parse(content);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document : throw new TemplateException($"'{name}' of the image is not a JSON object.");
        }
        catch (JsonException exception)
        {
            throw new TemplateException($"'{name}' of the image is not JSON: {exception.Message}", exception);
        }
    }

    private static JsonElement[] Array(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var found)
        && found.ValueKind == JsonValueKind.Array ? [.. found.EnumerateArray()] : [];

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static IEnumerable<string> Texts(JsonElement parent, string name) =>
        Array(parent, name).Where(found => found.ValueKind == JsonValueKind.String).Select(found => found.GetString()!);
}
