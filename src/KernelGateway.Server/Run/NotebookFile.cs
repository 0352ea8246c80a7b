using KernelGateway.Notebooks;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Server.Run;

/// <summary>The file that a notebook is written to. It is replaced atomically.</summary>
internal sealed class NotebookFile
{
    // The file is in memory several times while it is parsed.
    private const int MaxBytes = 512 * 1024 * 1024;

    private readonly string _path;

    private NotebookFile(string path) => _path = path;

    public static bool IsNotebook(string? file) => file?.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) == true;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="NotebookFormatException">It is not a notebook that can be run.</exception>
    public static async Task<Notebook> ReadAsync(string path, CancellationToken cancellationToken) =>
        Notebook.Parse(await OutsideFile.ReadAsync(path, MaxBytes, cancellationToken: cancellationToken));

    /// <summary>Checks before the run whether the file can be written, because the run may take hours.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    public static NotebookFile At(string path)
    {
        // A link stays a link; its target is written.
        var file = new FileInfo(path);
        var target = (file.LinkTarget is null ? null : file.ResolveLinkTarget(returnFinalTarget: true))?.FullName ?? file.FullName;
        if (Directory.Exists(target)) throw new IOException($"'{path}' is a directory.");
        if (!Directory.Exists(Path.GetDirectoryName(target))) throw new DirectoryNotFoundException($"There is no directory for '{path}'.");
        return new NotebookFile(target);
    }

    /// <exception cref="IOException">It could not be written; the previous file is unchanged.</exception>
    public void Write(Notebook notebook)
    {
        var part = Path.Combine(Path.GetDirectoryName(_path)!, $".{Path.GetFileName(_path)}.{Guid.NewGuid():N}");
        try
        {
            using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                notebook.WriteTo(file);
                file.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(_path)) File.SetUnixFileMode(part, File.GetUnixFileMode(_path));
            File.Move(part, _path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    public override string ToString() => Path.GetRelativePath(Environment.CurrentDirectory, _path);
}
