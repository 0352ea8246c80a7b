using Microsoft.Extensions.Logging;

namespace KernelGateway.Memory;

/// <summary>The disk space that all executions together may use, and the state of the disk.</summary>
/// <remarks>
/// Failures of the disk are handled here: a writer gets a result, not an exception. After a failure no write is tried for a
/// while, so a full disk causes one line in the log and not a system call for each message.
/// </remarks>
internal sealed partial class SpillSpace(
    string directory, long limitBytes, ILogger logger, TimeProvider time, Func<string, ISpillFile>? open = null)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = logger;
    private readonly Func<string, ISpillFile> _open = open ?? (path => new SpillFile(path));
    private readonly Lock _gate = new();
    private long _usedBytes;
    private long? _failedAt;
    private long? _warnedAt;
    private bool _isAnnounced;

    /// <summary>Gets the size of all files, in bytes.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Gets a value indicating whether the disk failed shortly before, so that no write is tried.</summary>
    public bool IsSuspended
    {
        get
        {
            lock (_gate) return _failedAt is { } failedAt && time.GetElapsedTime(failedAt) < RetryDelay;
        }
    }

    /// <summary>Opens a file; null when that is not possible.</summary>
    public ISpillFile? TryOpen()
    {
        if (IsSuspended) return null;
        try
        {
            var file = _open(directory);
            Announce();
            return file;
        }
        catch (Exception exception)
        {
            NoteFailure(exception);
            return null;
        }
    }

    /// <summary>Writes bytes to a file at a position, counting them; false when that is not possible.</summary>
    public bool TryWrite(ISpillFile file, ReadOnlySpan<byte> bytes, long position)
    {
        if (IsSuspended) return false;
        if (Interlocked.Add(ref _usedBytes, bytes.Length) > limitBytes)
        {
            Release(bytes.Length);
            NoteFailure(new IOException($"The output of all executions on the disk has reached the limit of {limitBytes} bytes, MaxSpillBytes"));
            return false;
        }

        try
        {
            file.Write(bytes, position);
            return true;
        }
        catch (Exception exception)
        {
            Release(bytes.Length);
            NoteFailure(exception);
            return false;
        }
    }

    /// <summary>Closes a file and subtracts its size. Never throws.</summary>
    public void Close(ISpillFile file, long bytes)
    {
        Release(bytes);
        try
        {
            file.Dispose();
        }
        catch (Exception exception)
        {
            NoteFailure(exception);
        }
    }

    /// <summary>Subtracts bytes that were written and are not needed.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _usedBytes, -bytes);

    private void NoteFailure(Exception exception)
    {
        lock (_gate)
        {
            _failedAt = time.GetTimestamp();
            if (_warnedAt is { } warnedAt && time.GetElapsedTime(warnedAt) < WarningInterval) return;
            _warnedAt = _failedAt;
        }

        LogFailed(directory, exception.Message.TrimEnd('.'));
    }

    private void Announce()
    {
        lock (_gate)
        {
            if (_isAnnounced) return;
            _isAnnounced = true;
        }

        LogUsed(directory, FileSystemOf(directory), limitBytes);
    }

    // "tmpfs" in the log shows an operator that the disk is memory.
    private static string FileSystemOf(string directory)
    {
        try
        {
            return new DriveInfo(directory).DriveFormat;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "unknown file system";
        }
    }

    [LoggerMessage(4150, LogLevel.Information, "Output that does not fit into memory is written to {Directory} ({FileSystem}), up to {LimitBytes} bytes.")]
    private partial void LogUsed(string directory, string fileSystem, long limitBytes);

    [LoggerMessage(4151, LogLevel.Warning,
        "Output cannot be written to {Directory} ({Reason}). What does not fit into memory is dropped and counted in the end of its execution.")]
    private partial void LogFailed(string directory, string reason);
}
