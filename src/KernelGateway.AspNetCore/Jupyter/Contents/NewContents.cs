using KernelGateway.SandboxServices.Files;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Creates what has no name yet: new files, notebooks and directories, and copies.</summary>
#pragma warning disable CA1001 // A semaphore whose AvailableWaitHandle is not used needs no disposal.
internal sealed class NewContents(ContentsDirectory directory, ContentsWriter writer, ContentsCopy copy)
#pragma warning restore CA1001
{
    // Two requests at the same time must not choose one name.
    private readonly SemaphoreSlim _naming = new(1);

    /// <summary>Creates something empty in a directory, under the first name that is free.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="body">What is created.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    /// <returns>The path and the new entry.</returns>
    /// <exception cref="ContentsException">There is no such directory, or nothing can be created in it.</exception>
    public async Task<(ContentsPath Path, FileEntry Entry)> CreateUntitledAsync(
        ContentsPath parent, SaveBody body, CancellationToken cancellationToken)
    {
        if (parent.IsHidden) throw ContentsException.BadRequest($"Cannot create file or directory in '{parent}'");
        if (!await directory.IsDirectoryAsync(parent, cancellationToken))
            throw new ContentsException(StatusCodes.Status404NotFound, $"No such directory: {parent}");
        var type = body.Type ?? (body.Ext == ".ipynb" ? ContentsBody.Notebook : ContentsBody.File);
        var (name, insert) = type switch
        {
            ContentsBody.Directory => ("Untitled Folder" + body.Ext, " "),
            ContentsBody.Notebook => ("Untitled.ipynb", ""),
            _ => ("untitled" + body.Ext, ""),
        };
        if (name.Contains('/', StringComparison.Ordinal)) throw ContentsException.BadRequest($"The extension '{body.Ext}' contains a slash.");
        await _naming.WaitAsync(cancellationToken);
        try
        {
            var path = parent.Child(await FindFreeNameAsync(parent, name, insert, cancellationToken));
            var (entry, _) = await writer.SaveAsync(path, new SaveBody { Type = type }, cancellationToken);
            return (path, entry);
        }
        finally
        {
            _naming.Release();
        }
    }

    /// <summary>Copies a file or a directory.</summary>
    /// <param name="source">What is copied.</param>
    /// <param name="target">The directory that gets the copy, or the path of the copy in an existing directory.</param>
    /// <param name="cancellationToken">Cancels the copying.</param>
    /// <returns>The path and the copy.</returns>
    /// <exception cref="ContentsException">The source or the directory does not exist.</exception>
    public async Task<(ContentsPath Path, FileEntry Entry)> CopyAsync(
        ContentsPath source, ContentsPath target, CancellationToken cancellationToken)
    {
        var original = await directory.GetAsync(source, cancellationToken);
        if (source.IsRoot) throw ContentsException.BadRequest("Can't copy root");
        await _naming.WaitAsync(cancellationToken);
        try
        {
            var path = target;
            if (await directory.IsDirectoryAsync(target, cancellationToken))
            {
                // In its own directory, the copy of a copy is named as a copy of the original.
                var name = target.ToString() == source.Parent.ToString() ? WithoutCopyNumber(source.Name) : source.Name;
                path = target.Child(await FindFreeNameAsync(target, name, "-Copy", cancellationToken));
            }
            else if (!await directory.IsDirectoryAsync(target.Parent, cancellationToken))
            {
                throw new ContentsException(
                    StatusCodes.Status404NotFound, $"No such parent directory: {target.Parent} to copy file in");
            }

            return (path, await copy.CopyAsync(original, path, cancellationToken));
        }
        finally
        {
            _naming.Release();
        }
    }

    // Jupyter's increment_filename: the number is before the first dot, of notebooks before the last one.
    private async Task<string> FindFreeNameAsync(ContentsPath parent, string name, string insert, CancellationToken cancellationToken)
    {
        var dot = name.EndsWith(".ipynb", StringComparison.Ordinal) ? name.LastIndexOf('.') : name.IndexOf('.', StringComparison.Ordinal);
        var stem = dot < 0 ? name : name[..dot];
        for (var number = 0; ; number++)
        {
            var free = number == 0 ? name : $"{stem}{insert}{number}{name[stem.Length..]}";
            if (!await directory.ExistsAsync(parent.Child(free), cancellationToken)) return free;
        }
    }

    // Jupyter's pattern: "-Copy", digits, a dot.
    private static string WithoutCopyNumber(string name) =>
        System.Text.RegularExpressions.Regex.Replace(
            name, @"-Copy\d*\.", ".", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
