using System.Runtime.CompilerServices;
using System.Text;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Reads, writes, lists and watches the files of a sandbox.</summary>
/// <remarks>
/// A path is absolute, or relative to the user's home. Failures are <see cref="SandboxException"/>: above all
/// <see cref="SandboxFileNotFoundException"/>, <see cref="SandboxArgumentException"/> for a path of the wrong kind, <see cref="NotEnoughSpaceException"/>
/// and <see cref="SandboxNotFoundException"/> when the sandbox has ended or is paused. All members can be called at the same time.
/// </remarks>
public sealed class SandboxFiles : ISandboxFiles
{
    private const string Service = "filesystem.Filesystem";

    // As many as a browser makes connections to one host.
    private const int ParallelWrites = 6;

    private readonly EnvdClient _envd;
    private readonly FileTransfer _transfer;

    internal SandboxFiles(EnvdClient envd)
    {
        _envd = envd;
        _transfer = new FileTransfer(envd);
    }

    /// <summary>Reads a file as UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxFileNotFoundException">There is no such file.</exception>
    public async Task<string> ReadAsync(string path, FileReadOptions? options = null, CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString(await ReadBytesAsync(path, options, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxFileNotFoundException">There is no such file.</exception>
    public Task<byte[]> ReadBytesAsync(string path, FileReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return _transfer.ReadAsync(path, options, cancellationToken);
    }

    /// <summary>Begins to read a file of any size.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">How it is read; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request until the stream is returned.</param>
    /// <returns>The content. The caller disposes it.</returns>
    /// <exception cref="SandboxFileNotFoundException">There is no such file.</exception>
    public Task<Stream> ReadStreamAsync(string path, FileReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return _transfer.OpenReadAsync(path, options, cancellationToken);
    }

    /// <summary>Writes a text as UTF-8 in place of what the file had. Missing directories are created.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="text">Its content.</param>
    /// <param name="options">How it is written; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<WriteInfo> WriteAsync(string path, string text, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WriteAsync(path, Encoding.UTF8.GetBytes(text), options, cancellationToken);
    }

    /// <summary>Writes bytes in place of what the file had. Missing directories are created.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content.</param>
    /// <param name="options">How it is written; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<WriteInfo> WriteAsync(
        string path, ReadOnlyMemory<byte> content, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var stream = MemoryStreams.Open(content);
        return await _transfer.WriteAsync(path, stream, options, isLimited: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a stream, from its position to its end, in place of what the file had. Missing directories are created.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content; it stays open.</param>
    /// <param name="options">How it is written; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the upload, which has no other time limit.</param>
    public Task<WriteInfo> WriteAsync(string path, Stream content, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(content);
        return _transfer.WriteAsync(path, content, options, isLimited: false, cancellationToken);
    }

    /// <summary>Writes several files, some at a time. When one fails, those that were written stay.</summary>
    /// <param name="files">Paths and contents.</param>
    /// <param name="options">How they are written; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The files, in the same order.</returns>
    public async Task<IReadOnlyList<WriteInfo>> WriteAsync(
        IEnumerable<FileToWrite> files, FileWriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        FileToWrite[] all = [.. files];
        var written = new WriteInfo[all.Length];
        await Parallel.ForAsync(
            0,
            all.Length,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites, CancellationToken = cancellationToken },
            async (index, token) => written[index] = await WriteAsync(all[index].Path, all[index].Content, options, token).ConfigureAwait(false))
            .ConfigureAwait(false);
        return written;
    }

    /// <summary>Lists a directory in pre-order, by name at each level, without the directory itself.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="depth">How many levels, at least 1.</param>
    /// <param name="user">The user whose home relative paths begin at; null for the default user.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxFileNotFoundException">There is no such directory.</exception>
    public async Task<IReadOnlyList<EntryInfo>> ListAsync(string path, int depth = 1, string? user = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        var answer = await CallAsync("ListDir", new JObject { ["path"] = path, ["depth"] = depth }, user, cancellationToken).ConfigureAwait(false);
        return answer["entries"] is JArray entries ? [.. entries.Select(EntryInfo.Read)] : [];
    }

    /// <summary>Creates a directory and the missing ones above it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="user">The user who owns it; null for the default user.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when there was a directory already.</returns>
    public async Task<bool> MakeDirAsync(string path, string? user = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            await CallAsync("MakeDir", new JObject { ["path"] = path }, user, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SandboxException exception) when (exception.Error == SandboxError.AlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Moves a file or directory. Missing directories above the new path are created; a file there is replaced.</summary>
    /// <param name="oldPath">Its path.</param>
    /// <param name="newPath">Its new path.</param>
    /// <param name="user">The user whose home relative paths begin at; null for the default user.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxFileNotFoundException">Nothing is at the path.</exception>
    public async Task<EntryInfo> RenameAsync(string oldPath, string newPath, string? user = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(oldPath);
        ArgumentNullException.ThrowIfNull(newPath);
        var request = new JObject { ["source"] = oldPath, ["destination"] = newPath };
        return ReadEntry(await CallAsync("Move", request, user, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Removes a file, or a directory with all that is in it. Nothing happens when nothing is there.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="user">The user whose home relative paths begin at; null for the default user.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task RemoveAsync(string path, string? user = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return CallAsync("Remove", new JObject { ["path"] = path }, user, cancellationToken);
    }

    /// <summary>Finds out whether something is at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="user">The user whose home relative paths begin at; null for the default user.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<bool> ExistsAsync(string path, string? user = null, CancellationToken cancellationToken = default)
    {
        try
        {
            await GetInfoAsync(path, user, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SandboxFileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Describes what is at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="user">The user whose home relative paths begin at; null for the default user.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxFileNotFoundException">Nothing is there.</exception>
    public async Task<EntryInfo> GetInfoAsync(string path, string? user = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReadEntry(await CallAsync("Stat", new JObject { ["path"] = path }, user, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Watches a directory and calls back with what happens in it; returns when changes from now on are seen.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="onEvent">The callback. An exception ends the watch and reaches <see cref="WatchOptions.OnExit"/>.</param>
    /// <param name="options">How it is watched; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request until the handle is returned.</param>
    /// <returns>The watch; dispose it to end it.</returns>
    /// <exception cref="SandboxFileNotFoundException">There is no such directory.</exception>
    /// <exception cref="SandboxArgumentException">The path is not a directory, or it is on a network file system.</exception>
    public async Task<WatchHandle> WatchDirAsync(
        string path, Action<FileEvent> onEvent, WatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(onEvent);
        var stream = await DirectoryWatch.OpenAsync(_envd, path, options ?? new WatchOptions(), cancellationToken).ConfigureAwait(false);
        return WatchHandle.Start(stream, onEvent, options?.OnExit);
    }

    /// <summary>Watches a directory and gives what happens in it, from the first step of the enumeration on.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">How it is watched; null for the defaults. <see cref="WatchOptions.OnExit"/> is not called.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="SandboxFileNotFoundException">There is no such directory.</exception>
    /// <exception cref="SandboxTimeoutException">The watch has reached its time limit.</exception>
    public async IAsyncEnumerable<FileEvent> WatchAsync(
        string path, WatchOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        var watch = await DirectoryWatch.OpenAsync(_envd, path, options ?? new WatchOptions(), cancellationToken).ConfigureAwait(false);
        await using (watch.ConfigureAwait(false))
        {
            while (await watch.ReadAsync(cancellationToken).ConfigureAwait(false) is { } change) yield return change;
        }
    }

    Task<string> ISandboxFiles.ReadTextAsync(string path, CancellationToken cancellationToken) => ReadAsync(path, null, cancellationToken);

    Task<byte[]> ISandboxFiles.ReadBytesAsync(string path, CancellationToken cancellationToken) => ReadBytesAsync(path, null, cancellationToken);

    Task ISandboxFiles.WriteTextAsync(string path, string text, CancellationToken cancellationToken) => WriteAsync(path, text, null, cancellationToken);

    Task ISandboxFiles.WriteBytesAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(path, content, null, cancellationToken);

    async Task<IReadOnlyList<SandboxEntry>> ISandboxFiles.ListAsync(string path, int depth, CancellationToken cancellationToken) =>
        [.. (await ListAsync(path, depth, null, cancellationToken).ConfigureAwait(false))
            .Select(entry => new SandboxEntry(entry.Path, entry.Type == FileType.Directory, entry.Size, entry.ModifiedAt))];

    Task<bool> ISandboxFiles.ExistsAsync(string path, CancellationToken cancellationToken) => ExistsAsync(path, null, cancellationToken);

    Task ISandboxFiles.RemoveAsync(string path, CancellationToken cancellationToken) => RemoveAsync(path, null, cancellationToken);

    Task<bool> ISandboxFiles.MakeDirectoryAsync(string path, CancellationToken cancellationToken) => MakeDirAsync(path, null, cancellationToken);

    private static EntryInfo ReadEntry(JObject answer) => answer["entry"] is JObject entry
        ? EntryInfo.Read(entry)
        : throw new SandboxRequestException(SandboxError.Other, "The answer describes no entry: 'entry' is missing.");

    private Task<JObject> CallAsync(string method, JObject request, string? user, CancellationToken cancellationToken) =>
        _envd.CallAsync($"{Service}/{method}", request, _envd.UserOr(user), EnvdErrors.File, cancellationToken);
}
