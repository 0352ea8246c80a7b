using KernelGateway.AspNetCore.Requests;
using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Saves what clients send.</summary>
internal sealed class ContentsWriter(HttpSurface surface, ContentsDirectory directory, NotebookFiles notebooks, Checkpoints checkpoints)
{
    /// <summary>Saves a file, notebook or directory, new or not.</summary>
    /// <param name="path">The path.</param>
    /// <param name="body">What is saved. Without content, a new file is empty.</param>
    /// <param name="cancellationToken">Cancels the saving.</param>
    /// <returns>What is there afterwards, and what is wrong with a notebook (null for nothing).</returns>
    /// <exception cref="ContentsException">It cannot be saved.</exception>
    public async Task<(FileEntry Entry, string? Problem)> SaveAsync(ContentsPath path, SaveBody body, CancellationToken cancellationToken)
    {
        var present = await directory.FindAsync(path, cancellationToken);
        var isFile = present is { Type: FileEntryType.File };
        var type = body.Type ?? (isFile ? throw ContentsException.BadRequest("No file type provided") : DefaultType(path));
        if (body.Chunk is { } chunk) return (await AppendAsync(path, present, type, chunk, body, cancellationToken), null);
        if (isFile && !body.HasContent && type != ContentsBody.Directory) throw ContentsException.BadRequest("No file content provided");
        if (type == ContentsBody.Directory) return (await MakeDirectoryAsync(path, present, cancellationToken), null);

        var place = await PlaceOfAsync(path, present, cancellationToken);
        string? problem = null;
        if (type == ContentsBody.Notebook)
        {
            if (body is { HasContent: true, Content: not JObject }) throw ContentsException.BadRequest("The content of a notebook has to be an object.");
            using var memory = new BodyMemory(surface.Gateway.Memory);
            problem = await notebooks.WriteAsync(body.Content as JObject ?? NotebookForm.CreateEmpty(), place, memory, cancellationToken);
            await checkpoints.CreateFirstAsync(path, cancellationToken);
        }
        else
        {
            await using var content = body.HasContent ? OpenContent(body) : SavedText.Create("", "text");
            await directory.Files.WriteAsync(place, content, new FileWriteOptions { IsAtomic = true }, cancellationToken);
        }

        return (await directory.FindAsync(path, cancellationToken) ?? throw ContentsException.NotFound(path), problem);
    }

    /// <summary>Creates a directory. One that is there already stays.</summary>
    /// <exception cref="ContentsException">A file is there, or the parent is not.</exception>
    public async Task<FileEntry> MakeDirectoryAsync(ContentsPath path, FileEntry? present, CancellationToken cancellationToken)
    {
        if (present is { Type: FileEntryType.Directory }) return present;
        if (present is not null) throw ContentsException.BadRequest($"Not a directory: {path}");
        return await directory.Files.MakeDirectoryAsync(await PlaceOfAsync(path, present, cancellationToken), cancellationToken);
    }

    /// <summary>Gives the absolute path that is written: that of a link's file where there is a link.</summary>
    /// <exception cref="ContentsException">The parent does not exist, or something other than a file is there.</exception>
    public async Task<string> PlaceOfAsync(ContentsPath path, FileEntry? present, CancellationToken cancellationToken)
    {
        if (present is { Type: FileEntryType.Directory }) throw ContentsException.BadRequest($"{path} is a directory, not a file", "bad type");
        if (present is { Type: FileEntryType.Other }) throw ContentsException.BadRequest($"Cannot write non-file {path}");
        if (present is not null) return ContentsDirectory.TargetOf(present);

        // SandboxFiles would create the parents. A client of Jupyter's server that has a wrong path learns it.
        return await directory.IsDirectoryAsync(path.Parent, cancellationToken)
            ? (await directory.LocateAsync(path, cancellationToken))!
            : throw new ContentsException(
                StatusCodes.Status500InternalServerError,
                $"Unexpected error while saving file: {path}: the directory '{path.Parent}' does not exist");
    }

    private static string DefaultType(ContentsPath path) => path.IsNotebook ? ContentsBody.Notebook : ContentsBody.File;

    private static SavedText OpenContent(SaveBody body) =>
        body.Content is JValue { Value: string text }
            ? SavedText.Create(text, body.Format)
            : throw ContentsException.BadRequest("Encoding error saving: the content of a file has to be a string.");

    private async Task<FileEntry> AppendAsync(
        ContentsPath path, FileEntry? present, string type, int chunk, SaveBody body, CancellationToken cancellationToken)
    {
        if (type != ContentsBody.File)
            throw ContentsException.BadRequest($"File type \"{type}\" is not supported for large file transfer");
        if (!body.HasContent) throw ContentsException.BadRequest("No file content provided");
        var place = await PlaceOfAsync(path, present, cancellationToken);
        await using var content = OpenContent(body);
        var options = chunk == 1 ? new FileWriteOptions { IsAtomic = true } : new FileWriteOptions { Appends = true };
        await directory.Files.WriteAsync(place, content, options, cancellationToken);
        return await directory.FindAsync(path, cancellationToken) ?? throw ContentsException.NotFound(path);
    }
}
