using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>The directory that the contents API serves, with everything below it.</summary>
/// <remarks>
/// A path is found without its links first, and what is outside the directory is refused. A link that somebody swaps between
/// this check and the use of the path is followed: the check keeps clients from leaving by mistake. It does not confine them,
/// because their code can use every path.
/// </remarks>
/// <param name="getFiles">Gives the files of the user, who can change while the gateway runs.</param>
/// <param name="root">The absolute path of the directory.</param>
internal sealed class ContentsDirectory(Func<SandboxFiles> getFiles, string root)
{
    public SandboxFiles Files => getFiles();

    /// <summary>Returns the absolute path, without looking at links.</summary>
    public string PathOf(ContentsPath path) => path.IsRoot ? root : Join(root, path.ToString());

    /// <summary>Finds the place of a path in the file system. The last name of it need not exist, and is not followed.</summary>
    /// <returns>An absolute path that goes through no link; null when its parent is not a directory that exists.</returns>
    /// <exception cref="ContentsException">It leads out of the directory.</exception>
    public async Task<string?> LocateAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        try
        {
            var realRoot = await Files.GetRealPathAsync(root, cancellationToken);
            if (path.IsRoot) return realRoot;
            var parent = await Files.GetRealPathAsync($"{realRoot}/{path.Parent}", cancellationToken);
            if (!IsWithin(parent, realRoot)) throw ContentsException.Outside(path.ToString());
            return Join(parent, path.Name);
        }
        catch (SandboxFileException exception) when (IsMissing(exception))
        {
            return null;
        }
        catch (SandboxFileException exception)
        {
            throw ContentsException.From(exception, path);
        }
    }

    /// <summary>Finds what is at a path; null when there is nothing.</summary>
    /// <returns>Its description. A link that leads to nothing is something.</returns>
    /// <exception cref="ContentsException">It leads out of the directory, or cannot be examined.</exception>
    public async Task<FileEntry?> FindAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        if (await LocateAsync(path, cancellationToken) is not { } place) return null;
        try
        {
            var entry = await Files.GetEntryAsync(place, cancellationToken);
            if (!await IsInsideAsync(entry, cancellationToken)) throw ContentsException.Outside(path.ToString());
            return entry;
        }
        catch (SandboxFileException exception) when (IsMissing(exception))
        {
            return null;
        }
        catch (SandboxFileException exception)
        {
            throw ContentsException.From(exception, path);
        }
    }

    /// <summary>Finds what is at a path that Jupyter shows.</summary>
    /// <exception cref="ContentsException">There is nothing, it is hidden, or it leads out of the directory.</exception>
    public async Task<FileEntry> GetAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        if (path.IsHidden) throw ContentsException.NotFound(path);
        var entry = await FindAsync(path, cancellationToken) ?? throw ContentsException.NotFound(path);

        // Jupyter hides directories that cannot be listed.
        return entry is { Type: FileEntryType.Directory, IsReadable: false } && !path.IsRoot ? throw ContentsException.NotFound(path) : entry;
    }

    /// <summary>Lists what is in a directory and can be opened through the contents API.</summary>
    /// <exception cref="SandboxFileException">It cannot be listed.</exception>
    public async Task<List<FileEntry>> ListAsync(FileEntry directory, CancellationToken cancellationToken)
    {
        var realRoot = await Files.GetRealPathAsync(root, cancellationToken);
        var entries = await Files.ListAsync(TargetOf(directory), depth: 1, cancellationToken);
        return [.. entries.Where(entry => IsListed(entry) && IsInside(entry, realRoot))];
    }

    /// <summary>Gets whether something is at a path.</summary>
    public async Task<bool> ExistsAsync(ContentsPath path, CancellationToken cancellationToken) =>
        await FindAsync(path, cancellationToken) is not null;

    /// <summary>Gets whether a directory is at a path.</summary>
    public async Task<bool> IsDirectoryAsync(ContentsPath path, CancellationToken cancellationToken) =>
        await FindAsync(path, cancellationToken) is { Type: FileEntryType.Directory };

    /// <summary>Gets the absolute path of a file or of what a link leads to.</summary>
    public static string TargetOf(FileEntry entry) => entry.SymlinkTarget ?? entry.Path;

    private static bool IsMissing(SandboxFileException exception) =>
        exception.Reason is FileErrorReason.NotFound or FileErrorReason.NotADirectory;

    // Jupyter's FileContentsManager: no hidden files, no pipes, sockets and devices, no directories without the right to list them.
    private static bool IsListed(FileEntry entry) =>
        !entry.Name.StartsWith('.')
        && entry.Name != "__pycache__"
        && !entry.Name.EndsWith(".pyc", StringComparison.Ordinal)
        && !entry.Name.EndsWith(".pyo", StringComparison.Ordinal)
        && !entry.Name.EndsWith(".so", StringComparison.Ordinal)
        && !entry.Name.EndsWith(".dylib", StringComparison.Ordinal)
        && !entry.Name.EndsWith('~')
        && (entry.Type != FileEntryType.Other || entry.SymlinkTarget is not null)
        && (entry.Type != FileEntryType.Directory || entry.IsReadable);

    private static bool IsInside(FileEntry entry, string realRoot) => IsWithin(TargetOf(entry), realRoot);

    private static bool IsWithin(string path, string directory) =>
        path == directory || directory == "/" || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static string Join(string directory, string name) => directory == "/" ? "/" + name : $"{directory}/{name}";

    private async Task<bool> IsInsideAsync(FileEntry entry, CancellationToken cancellationToken) =>
        entry.SymlinkTarget is null || IsInside(entry, await Files.GetRealPathAsync(root, cancellationToken));
}
