using KernelGateway.Sandboxes;

namespace KernelGateway.Client.Legacy;

/// <summary>The files of a sandbox, in the vocabulary of the generation before.</summary>
/// <remarks>
/// A relative path begins at <see cref="Sandbox.Cwd"/>, else at the home directory. Every call has a time limit, by default 60 seconds, and fails with
/// <see cref="FilesystemException"/> or, at its limit, with <see cref="TimeoutException"/>.
/// </remarks>
public sealed class Filesystem
{
    private readonly SandboxSession _session;

    internal Filesystem(SandboxSession session) => _session = session;

    /// <summary>Lists a directory, by name.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<IReadOnlyList<FilesystemEntry>> ListAsync(
        string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var resolved = _session.Resolve(path);
        var entries = await _session.RunOnFilesAsync(
            $"Listing '{resolved}'", timeout, (files, token) => files.ListAsync(resolved, cancellationToken: token), cancellationToken)
            .ConfigureAwait(false);

        // A link is not the directory that it leads to.
        return [.. entries.Select(entry => new FilesystemEntry(entry.Name, entry is { Type: FileType.Directory, SymlinkTarget: null }))];
    }

    /// <summary>Reads a file as UTF-8.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<string> ReadAsync(string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var resolved = _session.Resolve(path);
        return _session.RunOnFilesAsync(
            $"Reading '{resolved}'", timeout, (files, token) => files.ReadAsync(resolved, cancellationToken: token), cancellationToken);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<byte[]> ReadBytesAsync(string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var resolved = _session.Resolve(path);
        return _session.RunOnFilesAsync(
            $"Reading '{resolved}'", timeout, (files, token) => files.ReadBytesAsync(resolved, cancellationToken: token), cancellationToken);
    }

    /// <summary>Writes a text as UTF-8: the file is created or, if it exists, overwritten. Its directory must exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">The text.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="FilesystemException">The directory does not exist, or the file cannot be written.</exception>
    public Task WriteAsync(string path, string content, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        return WriteAsync(path, (files, resolved, token) => files.WriteAsync(resolved, content, cancellationToken: token), timeout, cancellationToken);
    }

    /// <summary>Writes bytes: the file is created or, if it exists, overwritten. Its directory must exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="FilesystemException">The directory does not exist, or the file cannot be written.</exception>
    public Task WriteBytesAsync(
        string path, ReadOnlyMemory<byte> content, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        WriteAsync(path, (files, resolved, token) => files.WriteAsync(resolved, content, cancellationToken: token), timeout, cancellationToken);

    /// <summary>Creates a directory and the missing ones above it. One that exists is no error.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task MakeDirAsync(string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var resolved = _session.Resolve(path);
        return _session.RunOnFilesAsync(
            $"Creating '{resolved}'", timeout, (files, token) => files.MakeDirAsync(resolved, cancellationToken: token), cancellationToken);
    }

    /// <summary>Removes a file, or a directory with all that is in it. If nothing is there, it is no error.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="timeout">How long the call may take. Default: 60 seconds.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task RemoveAsync(string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var resolved = _session.Resolve(path);
        return _session.RunOnFilesAsync(
            $"Removing '{resolved}'",
            timeout,
            async (files, token) =>
            {
                await files.RemoveAsync(resolved, cancellationToken: token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Returns a watcher of a directory, which is not started yet.</summary>
    /// <param name="path">The directory.</param>
    public FilesystemWatcher WatchDir(string path) => new(_session, _session.Resolve(path));

    // The services of today create the directories above a file; this vocabulary has always failed there.
    private async Task WriteAsync(
        string path,
        Func<SandboxFiles, string, CancellationToken, Task> write,
        TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        var resolved = _session.Resolve(path);
        await _session.RunOnFilesAsync(
            $"Writing '{resolved}'",
            timeout,
            async (files, token) =>
            {
                if (SandboxPath.DirectoryOf(resolved) is { } directory && !await files.ExistsAsync(directory, cancellationToken: token).ConfigureAwait(false))
                {
                    throw new FilesystemException(
                        SandboxError.NotFound, $"error writing to file '{resolved}': open {resolved}: no such file or directory");
                }

                await write(files, resolved, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
