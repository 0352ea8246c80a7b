using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Renames, moves and deletes.</summary>
internal sealed class ContentsMover(ContentsDirectory directory, Checkpoints checkpoints)
{
    /// <summary>Moves a file or directory, with its checkpoint. Nothing is replaced.</summary>
    /// <returns>What is at the new path.</returns>
    /// <exception cref="ContentsException">It does not exist, or something is at the new path.</exception>
    /// <exception cref="SandboxFileException">It cannot be moved.</exception>
    public async Task<FileEntry> MoveAsync(ContentsPath path, ContentsPath target, CancellationToken cancellationToken)
    {
        if (path.IsHidden || target.IsHidden) throw ContentsException.BadRequest($"Cannot rename file or directory '{path}'");
        if (path.ToString() == target.ToString()) return await directory.GetAsync(path, cancellationToken);
        if (path.IsRoot) throw ContentsException.BadRequest("Can't rename root");

        // A link is moved and not followed, also one that leads out of the directory.
        var from = await PlaceOfAsync(path, cancellationToken);
        var to = await directory.LocateAsync(target, cancellationToken);
        if (to is null || !await directory.IsDirectoryAsync(target.Parent, cancellationToken))
            throw new ContentsException(StatusCodes.Status404NotFound, $"No such directory: {target.Parent}");
        if (target.IsRoot || await directory.Files.ExistsAsync(to, cancellationToken))
            throw new ContentsException(StatusCodes.Status409Conflict, $"File already exists: {target}");
        var moved = await directory.Files.MoveAsync(from, to, cancellationToken);
        await checkpoints.MoveAsync(path, target, cancellationToken);
        return moved;
    }

    /// <summary>Deletes a file, or a directory with everything in it, and its checkpoint.</summary>
    /// <remarks>There is no trash, which Jupyter's server has by default: in a sandbox, it would only fill the disk.</remarks>
    /// <exception cref="ContentsException">It does not exist, is hidden, or is the served directory.</exception>
    /// <exception cref="SandboxFileException">It cannot be deleted.</exception>
    public async Task DeleteAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        if (path.IsHidden) throw ContentsException.BadRequest($"Cannot delete file or directory '{path}'");
        if (path.IsRoot) throw ContentsException.BadRequest("Can't delete root");
        await directory.Files.RemoveAsync(await PlaceOfAsync(path, cancellationToken), cancellationToken);
        await checkpoints.DeleteAllAsync(path, cancellationToken);
    }

    private async Task<string> PlaceOfAsync(ContentsPath path, CancellationToken cancellationToken) =>
        await directory.LocateAsync(path, cancellationToken) is { } place && await directory.Files.ExistsAsync(place, cancellationToken)
            ? place
            : throw ContentsException.NotFound(path);
}
