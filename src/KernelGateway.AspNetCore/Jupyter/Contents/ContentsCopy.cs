using KernelGateway.AspNetCore.Requests;
using KernelGateway.SandboxServices.Files;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Copies files, and directories with everything in them.</summary>
internal sealed class ContentsCopy(HttpSurface surface, ContentsDirectory directory, Checkpoints checkpoints)
{
    // The limit of Jupyter's server.
    private const long MaxDirectoryBytes = 500L << 20;

    // An entry of the list, measured.
    private const long EntryCost = 1024;

    /// <summary>Copies a file or a directory.</summary>
    /// <param name="original">What is copied.</param>
    /// <param name="path">The path of the copy.</param>
    /// <param name="cancellationToken">Cancels the copying; what is copied before stays.</param>
    /// <exception cref="ContentsException">It is too large, or not a file or directory.</exception>
    /// <exception cref="SandboxFileException">It cannot be copied.</exception>
    public async Task<FileEntry> CopyAsync(FileEntry original, ContentsPath path, CancellationToken cancellationToken)
    {
        var place = await directory.LocateAsync(path, cancellationToken) ?? throw ContentsException.NotFound(path);
        if (original.Type == FileEntryType.Directory)
        {
            await CopyDirectoryAsync(original, place, path, cancellationToken);
        }
        else
        {
            // As a file that is saved: it gets the default mode and the present time.
            await using var content = await directory.Files.OpenReadAsync(ContentsDirectory.TargetOf(original), cancellationToken);
            await using var stream = content.OpenStream();
            await directory.Files.WriteAsync(place, stream, new FileWriteOptions { IsAtomic = true }, cancellationToken);
            if (path.IsNotebook) await checkpoints.CreateFirstAsync(path, cancellationToken);
        }

        return await directory.Files.GetEntryAsync(place, cancellationToken);
    }

    private async Task CopyDirectoryAsync(FileEntry original, string place, ContentsPath path, CancellationToken cancellationToken)
    {
        var source = ContentsDirectory.TargetOf(original);
        using var memory = new BodyMemory(surface.Gateway.Memory);
        var entries = await directory.Files.ListAsync(source, int.MaxValue, cancellationToken);
        memory.Add(entries.Count * EntryCost);
        if (entries.Sum(entry => entry.Size) > MaxDirectoryBytes)
            throw ContentsException.BadRequest($"Can't copy folders larger than {MaxDirectoryBytes >> 20}MB to '{path}'");

        await directory.Files.MakeDirectoryAsync(place, cancellationToken);
        foreach (var entry in entries)
        {
            // A link is left out: what it leads to may be the directory itself, or lie outside.
            if (entry.SymlinkTarget is not null) continue;
            var target = place + entry.Path[source.Length..];
            if (entry.Type == FileEntryType.Directory) await directory.Files.MakeDirectoryAsync(target, cancellationToken);
            else if (entry.Type == FileEntryType.File) await directory.Files.CopyAsync(entry.Path, target, cancellationToken);
        }
    }
}
