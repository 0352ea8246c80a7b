using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Protocol.Files;

/// <summary>Reads files that other programs or users write: kernelspecs, logos, connection files, records, notebooks.</summary>
/// <remarks>
/// Such a path can lead to anything: a named pipe whose opening waits for ever, a device, a file of many gigabytes, a link to any
/// of them,
/// a file that is being written. Only regular files are opened, opening never waits for another process, the open file is
/// examined again, and reading stops at a limit, whatever length the file claims.
/// </remarks>
internal static class OutsideFile
{
    private const int FirstBytes = 16 * 1024;

    private const UnixFileMode ForOthers =
        UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file. A symbolic link is followed unless the rules say otherwise.</param>
    /// <param name="maxBytes">The largest size that is accepted.</param>
    /// <param name="rules">Further conditions for the file.</param>
    /// <param name="otherOwner">A user besides ours that <see cref="OutsideFileRules.OwnedByUs"/> accepts; null for none.</param>
    /// <exception cref="IOException">The file does not exist, is not a regular file, is too large, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or a rule is broken.</exception>
    public static byte[] Read(string path, int maxBytes, OutsideFileRules rules = OutsideFileRules.None, uint? otherOwner = null)
    {
        using var handle = OpenHandle(path, rules, otherOwner);
        var claimed = RandomAccess.GetLength(handle);
        if (claimed > maxBytes) throw TooLarge(path, claimed, maxBytes);

        // One byte more than the claimed length shows whether the file has grown. Files of /proc claim to be empty.
        var buffer = new byte[claimed > 0 ? claimed + 1 : Math.Min(FirstBytes, maxBytes + 1L)];
        var length = 0;
        while (RandomAccess.Read(handle, buffer.AsSpan(length), length) is > 0 and var count)
        {
            length += count;
            if (length > maxBytes) throw TooLarge(path, length, maxBytes);
            if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maxBytes + 1L));
        }

        if (length != buffer.Length) Array.Resize(ref buffer, length);
        return buffer;
    }

    /// <summary>Reads a whole file on another thread, and stops waiting when cancelled even if the file system does not answer.</summary>
    /// <param name="path">As for <see cref="Read"/>.</param>
    /// <param name="maxBytes">As for <see cref="Read"/>.</param>
    /// <param name="rules">As for <see cref="Read"/>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task<byte[]> ReadAsync(
        string path, int maxBytes, OutsideFileRules rules = OutsideFileRules.None, CancellationToken cancellationToken = default) =>
        Task.Run(() => Read(path, maxBytes, rules), cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Opens a file for reading. The caller limits how much of it is read.</summary>
    /// <param name="path">As for <see cref="Read"/>.</param>
    /// <param name="rules">As for <see cref="Read"/>.</param>
    /// <exception cref="IOException">As for <see cref="Read"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">As for <see cref="Read"/>.</exception>
    public static FileStream OpenRead(string path, OutsideFileRules rules = OutsideFileRules.None) =>
        new(OpenHandle(path, rules), FileAccess.Read, bufferSize: 0);

    /// <summary>Returns whether a path leads to a regular file, without opening it.</summary>
    /// <param name="path">The path; symbolic links are followed.</param>
    public static bool IsRegular(string path) =>
        OperatingSystem.IsWindows() ? File.Exists(path) : UnixFile.TryDescribe(path, followLink: true) is { Type: UnixFileType.Regular };

    private static SafeFileHandle OpenHandle(string path, OutsideFileRules rules, uint? otherOwner = null) => OperatingSystem.IsWindows()
        ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
        : OpenUnix(path, rules, otherOwner);

    private static SafeFileHandle OpenUnix(string path, OutsideFileRules rules, uint? otherOwner)
    {
        var follow = !rules.HasFlag(OutsideFileRules.NoLink);

        // Before it is opened, because opening alone wakes the writers of a pipe and can move a device.
        Check(path, UnixFile.Describe(path, follow), rules, otherOwner);
        var handle = UnixFile.Open(path, UnixOpenModes.Read | (follow ? UnixOpenModes.None : UnixOpenModes.NoLink));
        try
        {
            // And once more, because the path may lead elsewhere by now.
            Check(path, UnixFile.Describe(handle), rules, otherOwner);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static void Check(string path, UnixFileStatus status, OutsideFileRules rules, uint? otherOwner)
    {
        if (status.Type != UnixFileType.Regular) throw new IOException($"'{path}' is {UnixFile.Name(status.Type)}, not a regular file.");
        if (rules.HasFlag(OutsideFileRules.OwnedByUs) && status.OwnerId != UnixFile.EffectiveUserId && status.OwnerId != otherOwner)
            throw new UnauthorizedAccessException($"'{path}' belongs to another user.");
        if (rules.HasFlag(OutsideFileRules.NotForOthers) && (status.Mode & ForOthers) != 0)
        {
            var mode = Convert.ToString((int)status.Mode, 8);
            throw new UnauthorizedAccessException($"Other users can read or change '{path}', whose mode is {mode}; 'chmod 600' prevents that.");
        }
    }

    private static IOException TooLarge(string path, long bytes, int maxBytes) =>
        new($"'{path}' has {bytes} bytes or more; the limit is {maxBytes} bytes.");
}
