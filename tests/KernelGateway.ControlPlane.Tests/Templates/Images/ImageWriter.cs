using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace KernelGateway.ControlPlane.Tests.Templates.Images;

/// <summary>Writes tar files and an OCI layout. The functional tests use it too.</summary>
/// <param name="directory">The directory, which exists.</param>
internal class ImageWriter(string directory)
{
    public static string Architecture =>
        RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "amd64"
        : RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    public string Directory { get; } = directory;

    public string Layout => Path.Combine(Directory, "layout");

    public static TarEntry File(string name, string content = "", int mode = 0b110_100_100) =>
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)), Mode = (UnixFileMode)mode };

    public static TarEntry Folder(string name) => new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0b111_101_101 };

    public static TarEntry Link(string name, string target) => new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target };

    public static TarEntry HardLink(string name, string target) => new PaxTarEntry(TarEntryType.HardLink, name) { LinkName = target };

    public static byte[] Tar(params TarEntry[] entries)
    {
        var content = new MemoryStream();
        using (var writer = new TarWriter(content, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var entry in entries) writer.WriteEntry(entry);
        return content.ToArray();
    }

    public static byte[] Compress(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var stream = new GZipStream(compressed, CompressionLevel.Fastest)) stream.Write(content);
        return compressed.ToArray();
    }

    /// <summary>Writes a layout with one image.</summary>
    /// <param name="layers">The tar files of the layers.</param>
    /// <param name="config">The defaults of its programs.</param>
    public void WriteLayout(byte[][] layers, JsonObject config) => WriteIndex(WriteImage(layers, config));

    /// <summary>Writes an image and returns the descriptor of its manifest.</summary>
    public JsonObject WriteImage(byte[][] layers, JsonObject config, string? architecture = null)
    {
        var configuration = new JsonObject
        {
            ["os"] = "linux",
            ["architecture"] = architecture ?? Architecture,
            ["config"] = config.DeepClone(),
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. layers.Select(layer => JsonValue.Create(DigestOf(layer)))]) },
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["config"] = WriteBlob(Encoding.UTF8.GetBytes(configuration.ToJsonString()), "application/vnd.oci.image.config.v1+json"),
            ["layers"] = new JsonArray([.. layers.Select((layer, index) => index % 2 == 0
                ? WriteBlob(Compress(layer), "application/vnd.oci.image.layer.v1.tar+gzip")
                : WriteBlob(layer, "application/vnd.oci.image.layer.v1.tar"))]),
        };
        return WriteBlob(Encoding.UTF8.GetBytes(manifest.ToJsonString()), "application/vnd.oci.image.manifest.v1+json");
    }

    public void WriteIndex(params JsonObject[] manifests)
    {
        System.IO.Directory.CreateDirectory(Layout);
        System.IO.File.WriteAllText(Path.Combine(Layout, "oci-layout"), """{ "imageLayoutVersion": "1.0.0" }""");
        System.IO.File.WriteAllText(Path.Combine(Layout, "index.json"), IndexOf(manifests).ToJsonString());
    }

    public static JsonObject IndexOf(params JsonObject[] manifests) =>
        new() { ["schemaVersion"] = 2, ["manifests"] = new JsonArray([.. manifests.Select(manifest => manifest.DeepClone())]) };

    public JsonObject WriteBlob(byte[] content, string mediaType)
    {
        var digest = DigestOf(content);
        var path = BlobPath(digest);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = digest, ["size"] = content.Length };
    }

    public string BlobPath(string digest) => Path.Combine(Layout, "blobs", digest.Replace(':', '/'));

    private static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
