using KernelGateway.Protocol.Files;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>A regular file that is open for reading. It stays the same file, whatever happens to its path.</summary>
public sealed class FileContent : IAsyncDisposable
{
    // Files whose size says nothing: the system makes their content when it is read.
    private static readonly uint[] GeneratedContent =
    [
        0x9FA0, 0x62656572, 0x64626720, 0x74726163,        // proc, sysfs, debugfs, tracefs
        0x63677270, 0x27E0EB, 0x73636673, 0xCAFE4A11,      // cgroup2, cgroup, securityfs, bpf
    ];

    private readonly SafeFileHandle _file;

    private FileContent(SafeFileHandle file, FileStatus status, FileEntry entry)
    {
        _file = file;
        Status = status;
        Entry = entry;
        Length = entry.Size == 0 || GeneratedContent.Contains(LibC.GetFileSystemType(file)) ? null : entry.Size;
    }

    /// <summary>
    /// Gets the description of the file. Where the path is a symbolic link, it describes the file that the link leads to.
    /// </summary>
    public FileEntry Entry { get; }

    /// <summary>Gets which file it is.</summary>
    internal FileStatus Status { get; }

    /// <summary>
    /// Gets the length in bytes; null when only reading to the end tells it. That is so for files of <c>/proc</c> and
    /// <c>/sys</c>, and for every file whose size is zero.
    /// </summary>
    public long? Length { get; }

    /// <summary>Opens a stream over the content or a range of it. Several streams can be read at the same time.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="count">How many bytes at most; null for all. The stream ends earlier where the file does.</param>
    /// <returns>
    /// The stream, which can be read until this object is disposed. Its reads throw <see cref="SandboxFileException"/>.
    /// </returns>
    public Stream OpenStream(long offset = 0, long? count = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count is { } limit) ArgumentOutOfRangeException.ThrowIfNegative(limit);
        return new FileRangeStream(_file, Entry.Path, offset, count ?? long.MaxValue);
    }

    /// <summary>Closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    internal void Close() => _file.Dispose();

    /// <summary>Opens the file at an absolute path.</summary>
    /// <exception cref="SandboxFileException">It is not a regular file, or cannot be opened.</exception>
    internal static FileContent Open(string path)
    {
        // Opening a pipe waits for its other end, and opening a device can have an effect. So the file is found and examined
        // first.
        using var found = LibC.Resolve(null, PathText.Encode(path), OpenFlags.PathOnly, out var error)
            ?? throw SandboxFileException.Create(error, path);
        var status = CheckType(found, path);
        var file = LibC.OpenAt(null, LibC.ProcessPath(found), OpenFlags.ReadOnly | OpenFlags.NonBlocking, 0, out error)
            ?? throw SandboxFileException.Create(error, path);
        try
        {
            return new FileContent(file, status, new EntryReader().Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses what is not a regular file.</summary>
    /// <exception cref="SandboxFileException">It is something else.</exception>
    internal static FileStatus CheckType(SafeFileHandle file, string path)
    {
        if (LibC.Describe(file, out var error) is not { } status) throw SandboxFileException.Create(error, path);
        return status.Type switch
        {
            UnixFileType.Regular => status,
            UnixFileType.Directory =>
                throw new SandboxFileException(FileErrorReason.IsADirectory, path, $"path is a directory: {path}"),
            _ => throw new SandboxFileException(FileErrorReason.NotARegularFile, path, $"path is not a regular file: {path}"),
        };
    }
}
