using System.Formats.Tar;
using System.Text.Json.Nodes;
using KernelGateway.ControlPlane.Templates.Images;

namespace KernelGateway.ControlPlane.Tests.Templates.Images;

/// <summary>A directory in which a test writes tar files and OCI layouts, and into which it unpacks them.</summary>
internal sealed class ImageBench() : ImageWriter(System.IO.Directory.CreateTempSubdirectory("kg-image-").FullName), IDisposable
{
    /// <summary>Gets the directory that images are unpacked into.</summary>
    public string Root => Path.Combine(Directory, "root");

    public string WriteFile(string name, byte[] content)
    {
        var path = Path.Combine(Directory, name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Unpacks a tar file with these entries.</summary>
    public void UnpackTar(params TarEntry[] entries) => Unpack(WriteFile("image.tar", Tar(entries)));

    /// <summary>Unpacks an image with these layers, each compressed in turn.</summary>
    public ImageDefaults? UnpackLayers(params byte[][] layers)
    {
        WriteLayout(layers, new JsonObject());
        return Unpack(Layout);
    }

    public ImageDefaults? Unpack(string source, string? name = null, UnpackLimits? limits = null) =>
        TemplateImage.Unpack(source, name, Root, limits, CancellationToken.None);

    public string Read(string name) => System.IO.File.ReadAllText(Path.Combine(Root, name));

    /// <summary>Lists what is in the root directory. Links are not followed.</summary>
    public IEnumerable<string> List() => ListIn(new DirectoryInfo(Root)).Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal);

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private static IEnumerable<string> ListIn(DirectoryInfo directory) => directory.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 })
        .SelectMany(entry => entry is DirectoryInfo { LinkTarget: null } inner ? ListIn(inner).Prepend(entry.FullName) : [entry.FullName]);
}
