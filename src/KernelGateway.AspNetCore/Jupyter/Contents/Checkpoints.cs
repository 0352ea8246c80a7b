using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Stored former contents of files, where Jupyter's server has them: <c>.ipynb_checkpoints/NAME-checkpoint.EXT</c>.</summary>
internal sealed class Checkpoints(ContentsDirectory directory)
{
    public const string Id = "checkpoint";

    private const string DirectoryName = ".ipynb_checkpoints";

    /// <summary>Stores the content of a file, in place of what was stored before.</summary>
    /// <exception cref="ContentsException">There is no file.</exception>
    /// <exception cref="SandboxFileException">It cannot be stored.</exception>
    public async Task<CheckpointBody> CreateAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        var file = await directory.GetAsync(path, cancellationToken);
        var stored = await directory.Files.CopyAsync(
            ContentsDirectory.TargetOf(file), await PlaceOfAsync(path, Id, cancellationToken), cancellationToken);
        return Describe(stored);
    }

    /// <summary>Stores the content of a file if none is stored.</summary>
    /// <exception cref="SandboxFileException">It cannot be stored.</exception>
    public async Task CreateFirstAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        if (await FindAsync(path, Id, cancellationToken) is null) await CreateAsync(path, cancellationToken);
    }

    /// <summary>Lists what is stored of a file, which may be gone: one checkpoint or none.</summary>
    /// <exception cref="ContentsException">The path leads out of the directory.</exception>
    public async Task<IReadOnlyList<CheckpointBody>> ListAsync(ContentsPath path, CancellationToken cancellationToken) =>
        await FindAsync(path, Id, cancellationToken) is { } stored ? [Describe(stored)] : [];

    /// <summary>Puts the stored content in the place of a file.</summary>
    /// <exception cref="ContentsException">There is no such checkpoint.</exception>
    /// <exception cref="SandboxFileException">It cannot be restored.</exception>
    public async Task RestoreAsync(ContentsPath path, string id, CancellationToken cancellationToken)
    {
        var stored = await GetAsync(path, id, cancellationToken);
        var file = await directory.FindAsync(path, cancellationToken);
        var place = file is null ? await directory.LocateAsync(path, cancellationToken) : ContentsDirectory.TargetOf(file);
        await directory.Files.CopyAsync(stored.Path, place ?? throw ContentsException.NotFound(path), cancellationToken);
    }

    /// <summary>Removes what is stored.</summary>
    /// <exception cref="ContentsException">There is no such checkpoint.</exception>
    /// <exception cref="SandboxFileException">It cannot be removed.</exception>
    public async Task DeleteAsync(ContentsPath path, string id, CancellationToken cancellationToken) =>
        await directory.Files.RemoveAsync((await GetAsync(path, id, cancellationToken)).Path, cancellationToken);

    /// <summary>Removes what is stored of a file that was deleted.</summary>
    /// <exception cref="SandboxFileException">It cannot be removed.</exception>
    public async Task DeleteAllAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        if (await FindAsync(path, Id, cancellationToken) is { } stored) await directory.Files.RemoveAsync(stored.Path, cancellationToken);
    }

    /// <summary>Moves what is stored of a file that was renamed.</summary>
    /// <exception cref="SandboxFileException">It cannot be moved.</exception>
    public async Task MoveAsync(ContentsPath from, ContentsPath to, CancellationToken cancellationToken)
    {
        if (await FindAsync(from, Id, cancellationToken) is not { } stored) return;
        await directory.Files.MoveAsync(stored.Path, await PlaceOfAsync(to, Id, cancellationToken), cancellationToken);
    }

    private static CheckpointBody Describe(FileEntry stored) => new(Id, ContentsBody.FormatTime(stored.ModifiedTime));

    private static ContentsPath PathOf(ContentsPath path, string id)
    {
        // A dot at the beginning of the name does not begin an extension.
        var dot = path.Name.LastIndexOf('.');
        var stem = dot > 0 && path.Name.AsSpan(0, dot).ContainsAnyExcept('.') ? path.Name[..dot] : path.Name;
        return path.Parent.Child(DirectoryName).Child($"{stem}-{id}{path.Name[stem.Length..]}");
    }

    private async Task<FileEntry> GetAsync(ContentsPath path, string id, CancellationToken cancellationToken) =>
        await FindAsync(path, id, cancellationToken)
            ?? throw new ContentsException(StatusCodes.Status404NotFound, $"Checkpoint does not exist: {path}@{id}");

    // A link in this place was not made by Jupyter, and could lead anywhere.
    private async Task<FileEntry?> FindAsync(ContentsPath path, string id, CancellationToken cancellationToken) =>
        path.IsRoot || await directory.FindAsync(PathOf(path, id), cancellationToken) is not { Type: FileEntryType.File, SymlinkTarget: null } stored
            ? null
            : stored;

    // The directory of checkpoints is created when the first one is written.
    private async Task<string> PlaceOfAsync(ContentsPath path, string id, CancellationToken cancellationToken)
    {
        var checkpoint = PathOf(path, id);
        if (await directory.LocateAsync(checkpoint, cancellationToken) is { } place) return place;
        var parent = await directory.LocateAsync(checkpoint.Parent, cancellationToken) ?? throw ContentsException.NotFound(path);
        return $"{parent}/{checkpoint.Name}";
    }
}
