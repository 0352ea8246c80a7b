namespace KernelGateway.ControlPlane.Templates.Images;

/// <summary>Fills the root directory of a template from an image: a tar file, or an OCI layout.</summary>
internal static class TemplateImage
{
    /// <summary>Returns whether a path is an image; a directory that is not an OCI layout is not.</summary>
    internal static bool IsOne(string source) => File.Exists(source) || OciLayout.IsOne(source);

    /// <summary>Unpacks an image.</summary>
    /// <param name="source">A tar file, compressed with gzip or not, or a directory that is an OCI layout.</param>
    /// <param name="name">The name of the image in a layout; null when it has one only.</param>
    /// <param name="root">The root directory, which is made. A failure leaves what was unpacked.</param>
    /// <param name="limits">How much is unpacked at most; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>What the image says about its programs; null for a tar file.</returns>
    /// <exception cref="TemplateException">The image cannot be used, or has an entry that must not be unpacked.</exception>
    /// <exception cref="IOException">Something cannot be read or written.</exception>
    internal static ImageDefaults? Unpack(
        string source, string? name, string root, UnpackLimits? limits, CancellationToken cancellationToken)
    {
        root = Path.GetFullPath(root);
        Directory.CreateDirectory(root);
        var unpacker = new TarUnpacker(new RootTree(root), limits ?? new UnpackLimits());
        if (!OciLayout.IsOne(source))
        {
            if (name is not null) throw new TemplateException($"'{source}' is not an OCI layout, so it has no image '{name}'.");
            using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read);
            unpacker.Unpack(file, isLayer: false, cancellationToken);
            return null;
        }

        var layout = new OciLayout(source);
        var image = layout.Find(name);
        foreach (var layer in image.Layers)
        {
            using var blob = layout.Open(layer);
            unpacker.Unpack(blob, isLayer: true, cancellationToken);
        }

        return image.Defaults;
    }
}
