using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>
/// The paths below <c>/api/contents</c> that end with <c>/checkpoints</c>, <c>/checkpoints/{id}</c> or <c>/trust</c>. A route
/// cannot name what follows a path of any length.
/// </summary>
internal sealed class CheckpointRoutes(ContentsDirectory directory, Checkpoints checkpoints, NotebookFiles notebooks)
{
    private const string Route = "/api/contents";
    private const string Suffix = "checkpoints";
    private const string Trust = "trust";

    public Checkpoints Store => checkpoints;

    /// <summary>Finds out whether a path means the checkpoints of a file; null when it is an ordinary path.</summary>
    /// <returns>The file, and the id of one checkpoint or null for all.</returns>
    /// <remarks>
    /// Directories have no checkpoints. So a path below a directory that ends with the word is an ordinary one, although
    /// Jupyter's server does not serve it.
    /// </remarks>
    public async Task<(ContentsPath Path, string? Id)?> FindRouteAsync(ContentsPath path, CancellationToken cancellationToken)
    {
        if (path.Name == Suffix) return await IsFileAsync(path.Parent, cancellationToken) ? (path.Parent, null) : null;
        return path.Parent.Name == Suffix && await IsFileAsync(path.Parent.Parent, cancellationToken)
            ? (path.Parent.Parent, path.Name)
            : null;
    }

    /// <summary>Creates or restores a checkpoint or trusts a notebook, if the path means that.</summary>
    /// <returns>Whether the request has been answered.</returns>
    public async Task<bool> TryPostAsync(HttpContext context, ContentsPath path)
    {
        var cancellation = context.RequestAborted;
        if (path.Name == Trust && await IsFileAsync(path.Parent, cancellation))
        {
            var entry = await directory.GetAsync(path.Parent, cancellation);
            await using var file = await directory.Files.OpenReadAsync(ContentsDirectory.TargetOf(entry), cancellation);
            await notebooks.TrustAsync(file, cancellation);
            context.Response.StatusCode = StatusCodes.Status201Created;
            return true;
        }

        if (await FindRouteAsync(path, cancellation) is not { } found) return false;
        if (found.Id is { } id)
        {
            await checkpoints.RestoreAsync(found.Path, id, cancellation);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return true;
        }

        var created = await checkpoints.CreateAsync(found.Path, cancellation);
        context.Response.Headers.Location = GatewayUrl.Create(
            context.Request, Route, ["api", "contents", .. found.Path.ToString().Split('/'), Suffix, created.Id]);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, created);
        return true;
    }

    /// <summary>Deletes a checkpoint, if the path means that.</summary>
    /// <returns>Whether it did.</returns>
    public async Task<bool> TryDeleteAsync(HttpContext context, ContentsPath path)
    {
        if (await FindRouteAsync(path, context.RequestAborted) is not { Id: { } id } found) return false;
        await checkpoints.DeleteAsync(found.Path, id, context.RequestAborted);
        return true;
    }

    // A file that was deleted can have checkpoints.
    private async Task<bool> IsFileAsync(ContentsPath path, CancellationToken cancellationToken) =>
        !path.IsRoot && !path.IsHidden && !await directory.IsDirectoryAsync(path, cancellationToken);
}
