using KernelGateway.Sandboxes;
using KernelGateway.SandboxServices.Native;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices.Files;

/// <summary>The files of this machine, as one user reads and writes them. Linux only.</summary>
/// <remarks>
/// <para>
/// A path is absolute, or relative to the user's home, or starts with "~" for the home, or is empty for the working directory.
/// Symbolic links in a path are followed, except the links of /proc to what a process has open. A byte of a name that does not
/// belong to UTF-8 is written as a character from U+EF80 to U+EFFF.
/// </para>
/// <para>
/// All methods work on threads of the pool, can be called at the same time, and throw <see cref="SandboxFileException"/>.
/// Cancellation stops a method between two steps; what it did before stays.
/// </para>
/// </remarks>
public sealed class SandboxFiles : ISandboxFiles
{
    private readonly FileIdentity _identity;
    private readonly SandboxFilesOptions _options;

    /// <summary>Creates the service for one user. It holds no resources.</summary>
    /// <param name="user">The user.</param>
    /// <param name="options">How files are used.</param>
    /// <exception cref="SandboxFileException">
    /// The service cannot act for this user: it does not run as root, or the system is too old.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    /// <exception cref="ArgumentException">The working directory is not an absolute path.</exception>
    public SandboxFiles(SandboxUser user, SandboxFilesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(user);
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("Files are served on Linux only.");
        _options = options ?? new SandboxFilesOptions();
        if (_options.WorkingDirectory is { } directory && !directory.StartsWith('/'))
            throw new ArgumentException($"The working directory '{directory}' is not an absolute path.", nameof(options));
        _identity = FileIdentity.Create(user, _options.Rights);
    }

    /// <summary>Creates the service with an identity of the caller's.</summary>
    internal SandboxFiles(FileIdentity identity)
    {
        _identity = identity;
        _options = new SandboxFilesOptions();
    }

    /// <summary>Gets the user.</summary>
    public SandboxUser User => _identity.User;

    /// <summary>Gets the rights with which files are used; for other services that work on the same paths.</summary>
    internal FileIdentity Identity => _identity;

    /// <summary>Gives the absolute path that a path means, without looking at the file system.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="SandboxFileException">It names another user's home.</exception>
    public string ResolvePath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return PathRules.Resolve(path, _identity.User, _options.WorkingDirectory);
    }

    /// <summary>Finds the absolute path of an existing file or directory without links and without "." and "..".</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">Among others: NotFound, NotADirectory, LinkLoop, PermissionDenied.</exception>
    public Task<string> GetRealPathAsync(string path, CancellationToken cancellationToken = default)
    {
        var resolved = ResolvePath(path);
        return _identity.RunAsync(
            () =>
            {
                using var found = LibC.Resolve(null, PathText.Encode(resolved), OpenFlags.PathOnly, out var error)
                    ?? throw SandboxFileException.Create(error, resolved);
                return LibC.ReadLink(LibC.ProcessPath(found)) is { } real
                    ? PathText.Decode(real)
                    : throw SandboxFileException.Create(System.Runtime.InteropServices.Marshal.GetLastPInvokeError(), resolved);
            },
            cancellationToken);
    }

    /// <summary>Describes a file, a directory or a symbolic link.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">Among others: NotFound, NotADirectory, LinkLoop, PermissionDenied.</exception>
    public Task<FileEntry> GetEntryAsync(string path, CancellationToken cancellationToken = default)
    {
        var resolved = ResolvePath(path);
        return _identity.RunAsync(() => new EntryReader().Read(resolved), cancellationToken);
    }

    /// <summary>Finds out whether something is at a path. A symbolic link that leads nowhere is something.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">
    /// It cannot be found out: PermissionDenied, LinkLoop, InvalidPath, PathTooLong.
    /// </exception>
    public Task<bool> ExistsAsync(string path, CancellationToken cancellationToken = default)
    {
        var resolved = ResolvePath(path);
        return _identity.RunAsync(
            () =>
            {
                using var found =
                    LibC.Resolve(null, PathText.Encode(resolved), OpenFlags.PathOnly | OpenFlags.NoFollow, out var error);
                if (error is ErrorNumber.NoEntry or ErrorNumber.NotADirectory) return false;
                return found is not null ? true : throw SandboxFileException.Create(error, resolved);
            },
            cancellationToken);
    }

    /// <summary>Lists a directory in pre-order, by name at each level, without the directory itself.</summary>
    /// <param name="path">The path. Where it is a symbolic link, the directory behind it is listed.</param>
    /// <param name="depth">How many levels, at least 1. Symbolic links to directories below are listed and not entered.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">Among others: NotFound, NotADirectory, LinkLoop, PermissionDenied.</exception>
    public Task<IReadOnlyList<FileEntry>> ListAsync(string path, int depth = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        var resolved = ResolvePath(path);
        return _identity.RunAsync<IReadOnlyList<FileEntry>>(
            () => DirectoryListing.Read(resolved, depth, cancellationToken), cancellationToken);
    }

    /// <summary>Creates a directory with its parents, each with mode 0755 and owned by the user.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">
    /// Among others: AlreadyExists, NotADirectory (it or a parent is a file), NoSpace, PermissionDenied.
    /// </exception>
    public Task<FileEntry> MakeDirectoryAsync(string path, CancellationToken cancellationToken = default)
    {
        var resolved = PathRules.WithoutSlash(ResolvePath(path));
        return _identity.RunAsync(
            () =>
            {
                using var directory = DirectoryMaker.OpenOrCreate(resolved, _identity, out var created);
                return created
                    ? new EntryReader().Read(resolved)
                    : throw new SandboxFileException(
                        FileErrorReason.AlreadyExists, resolved, $"directory already exists: {resolved}");
            },
            cancellationToken);
    }

    /// <summary>
    /// Moves a file, a directory or a link, and creates the parents of the destination. A file at the destination is replaced.
    /// </summary>
    /// <param name="source">The path.</param>
    /// <param name="destination">The path afterwards.</param>
    /// <param name="cancellationToken">Cancels the method before the move.</param>
    /// <returns>The entry at the destination.</returns>
    /// <exception cref="SandboxFileException">
    /// Among others: NotFound, CrossDevice, NotEmpty, IsADirectory, NotADirectory, PermissionDenied.
    /// </exception>
    public Task<FileEntry> MoveAsync(string source, string destination, CancellationToken cancellationToken = default)
    {
        var from = PathRules.WithoutSlash(ResolvePath(source));
        var to = PathRules.WithoutSlash(ResolvePath(destination));
        return _identity.RunAsync(() => EntryMove.Move(from, to, _identity), cancellationToken);
    }

    /// <summary>Removes a file, a link, or a directory with everything in it. That nothing is there is success.</summary>
    /// <param name="path">The path. Links are removed and not followed.</param>
    /// <param name="cancellationToken">Cancels the method; what was removed before stays removed.</param>
    /// <exception cref="SandboxFileException">
    /// Among others: NotADirectory (a parent is a file), InvalidPath, Busy, NotEmpty, PermissionDenied.
    /// </exception>
    public Task RemoveAsync(string path, CancellationToken cancellationToken = default)
    {
        var resolved = ResolvePath(path);
        return _identity.RunAsync(
            () =>
            {
                EntryRemoval.Remove(resolved, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Opens a regular file for reading.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">
    /// Among others: NotFound, IsADirectory, NotARegularFile, LinkLoop, PermissionDenied.
    /// </exception>
    public Task<FileContent> OpenReadAsync(string path, CancellationToken cancellationToken = default)
    {
        var resolved = ResolvePath(path);
        return _identity.RunAsync(() => FileContent.Open(resolved), cancellationToken);
    }

    /// <summary>
    /// Writes a file with mode 0644 that the user owns, and creates its parents. An existing file is emptied first and keeps its
    /// mode.
    /// </summary>
    /// <param name="path">The path. Through a symbolic link, the file that it leads to is written.</param>
    /// <param name="content">
    /// The content, read to its end. The file is touched when the first 256 KiB, or the end, were read.
    /// </param>
    /// <param name="options">How it is written.</param>
    /// <param name="cancellationToken">Cancels the method like a failure of the content.</param>
    /// <returns>The file afterwards.</returns>
    /// <exception cref="SandboxFileException">
    /// Among others: IsADirectory, NotADirectory, NotARegularFile, NoSpace, InvalidMetadata, PermissionDenied. When it fails, or
    /// the content's own stream does, a file that it created is removed; an existing one that it had opened in place is cut
    /// short.
    /// </exception>
    public Task<FileEntry> WriteAsync(string path, Stream content, FileWriteOptions? options =
        null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (options is { Appends: true, IsAtomic: true })
            throw new ArgumentException("A file cannot be extended and replaced at the same time.", nameof(options));
        return new FileUpload(_identity, ResolvePath(path), options
            ?? new FileWriteOptions()).WriteAsync(content, cancellationToken);
    }

    /// <summary>
    /// Copies a regular file with its permissions and the time of its last change, without its metadata. The copy appears at once
    /// when it is complete.
    /// </summary>
    /// <param name="source">The path of the file.</param>
    /// <param name="destination">The path of the copy. Parents are created, and a file there is replaced.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <returns>The copy, which belongs to the user.</returns>
    /// <exception cref="SandboxFileException">
    /// Among others: NotFound, IsADirectory, NotARegularFile, NoSpace, PermissionDenied. The destination is unchanged then.
    /// </exception>
    public async Task<FileEntry> CopyAsync(string source, string destination, CancellationToken cancellationToken = default)
    {
        var target = ResolvePath(destination);
        var content = await OpenReadAsync(source, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var options = new FileWriteOptions { IsAtomic = true };
            var upload = new FileUpload(_identity, target, options) { Original = content.Status };
            var stream = content.OpenStream();
            await using (stream.ConfigureAwait(false)) return await upload.WriteAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Joins files in order into one that appears at once when it is complete, and then removes the parts.</summary>
    /// <param name="sources">The paths of the parts, at least one.</param>
    /// <param name="destination">The path of the result.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="SandboxFileException">
    /// Among others: NotFound, NotARegularFile, SameFile, NoSpace. Unless a part cannot be removed, all parts are there then.
    /// </exception>
    public Task<FileEntry> ComposeAsync(IReadOnlyList<string> sources, string destination, CancellationToken cancellationToken =
        default)
    {
        ArgumentNullException.ThrowIfNull(sources);
        if (sources.Count == 0) throw new ArgumentException("There are no sources.", nameof(sources));
        string[] paths = [.. sources.Select(ResolvePath)];
        return FileComposition.ComposeAsync(_identity, paths, ResolvePath(destination), cancellationToken);
    }

    /// <inheritdoc/>
    Task<string> ISandboxFiles.ReadTextAsync(string path, CancellationToken cancellationToken) =>
        FilesContract.ReadTextAsync(this, path, cancellationToken);

    /// <inheritdoc/>
    Task<byte[]> ISandboxFiles.ReadBytesAsync(string path, CancellationToken cancellationToken) =>
        FilesContract.ReadBytesAsync(this, path, cancellationToken);

    /// <inheritdoc/>
    Task ISandboxFiles.WriteTextAsync(string path, string text, CancellationToken cancellationToken) =>
        FilesContract.WriteTextAsync(this, path, text, cancellationToken);

    /// <inheritdoc/>
    Task ISandboxFiles.WriteBytesAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        FilesContract.WriteBytesAsync(this, path, content, cancellationToken);

    /// <inheritdoc/>
    Task<IReadOnlyList<SandboxEntry>> ISandboxFiles.ListAsync(string path, int depth, CancellationToken cancellationToken) =>
        FilesContract.ListAsync(this, path, depth, cancellationToken);

    /// <inheritdoc/>
    Task<bool> ISandboxFiles.ExistsAsync(string path, CancellationToken cancellationToken) =>
        FilesContract.ExistsAsync(this, path, cancellationToken);

    /// <inheritdoc/>
    Task ISandboxFiles.RemoveAsync(string path, CancellationToken cancellationToken) =>
        FilesContract.RemoveAsync(this, path, cancellationToken);

    /// <inheritdoc/>
    Task<bool> ISandboxFiles.MakeDirectoryAsync(string path, CancellationToken cancellationToken) =>
        FilesContract.MakeDirectoryAsync(this, path, cancellationToken);
}
