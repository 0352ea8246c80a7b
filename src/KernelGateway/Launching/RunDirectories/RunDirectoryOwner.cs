using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;
using KernelGateway.Protocol.Files;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>The locked file that shows which gateway owns a run directory.</summary>
internal sealed class RunDirectoryOwner : IDisposable
{
    internal const string FileName = "owner";
    private const int MaxTextBytes = 256;

    // The directories that this process owns now.
    private static readonly ConcurrentDictionary<string, RunDirectoryOwner> Owned = new(StringComparer.Ordinal);

    private readonly string _directory;
    private readonly FileStream _file;

    private RunDirectoryOwner(string directory, FileStream file)
    {
        _directory = directory;
        _file = file;
        _file.SetLength(0);
        // For people, and for file systems whose locks cannot be trusted:   (process id) (its start)
        var text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {ProcessStart.Read(Environment.ProcessId)}\n");
        _file.Write(Encoding.UTF8.GetBytes(text));
        _file.Flush();
        Owned[directory] = this;
    }

    internal static RunDirectoryOwner Create(string directory) =>
        Create(directory, PrivateFiles.CreateFile(Path.Combine(directory, FileName), FileShare.None));

    /// <summary>Writes the owner into the file, which is disposed of with the owner or when it cannot be written.</summary>
    internal static RunDirectoryOwner Create(string directory, FileStream file)
    {
        try
        {
            return new RunDirectoryOwner(directory, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes over a directory; null when a running gateway owns it, or it is not a run directory.</summary>
    internal static RunDirectoryOwner? TryClaim(string directory)
    {
        if (TryOpenLocked(Path.Combine(directory, FileName)) is not { } file) return null;
        try
        {
            if (!IsOwnerAlive(file)) return Create(directory, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a file system that has become read-only.
        }

        file.Dispose();
        return null;
    }

    // The lock ends with the process that holds it. It is the same lock as that of FileShare.None.
    private static FileStream? TryOpenLocked(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            var handle = UnixFile.Open(path, UnixOpenModes.Read | UnixOpenModes.Write | UnixOpenModes.NoLink);
            var status = UnixFile.Describe(handle);
            if (status.Type == UnixFileType.Regular && status.OwnerId == UnixFile.EffectiveUserId && LibC.TryLock(handle))
                return new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0);
            handle.Dispose();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Returns whether the owner of a directory has ended, although a process that it was starting may still hold the lock.
    /// </summary>
    internal static bool IsGone(string directory)
    {
        // Past the lock, which .NET would not let us read.
        using var handle = OperatingSystem.IsWindows() ? null : LibC.OpenPipeEnd(Path.Combine(directory, FileName), forReadingOnly: true);
        if (handle is null) return false;
        var bytes = new byte[MaxTextBytes];
        var length = LibC.Read((int)handle.DangerousGetHandle(), bytes);
        if (length <= 0 || ReadOwner(bytes.AsSpan(0, length)) is not { } owner) return false;
        return owner.ProcessId == Environment.ProcessId ? !Owned.ContainsKey(directory) : ProcessStart.Read(owner.ProcessId) != owner.Start;
    }

    public void Dispose()
    {
        Owned.TryRemove(KeyValuePair.Create(_directory, this));
        _file.Dispose();
    }

    private static bool IsOwnerAlive(FileStream file)
    {
        var bytes = new byte[MaxTextBytes];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        file.Position = 0;
        // A process may leave kernels running and search for them again itself: a directory that it has not locked is not in use.
        return ReadOwner(bytes.AsSpan(0, length)) is { } owner
            && owner.ProcessId != Environment.ProcessId
            && ProcessStart.Read(owner.ProcessId) == owner.Start;
    }

    private static (int ProcessId, string Start)? ReadOwner(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes).TrimEnd().Split(' ');
        return text.Length == 2 && int.TryParse(text[0], NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
            ? (processId, text[1])
            : null;
    }
}
