namespace KernelGateway.Launching;

/// <summary>Creates files and directories that only their owner can read.</summary>
internal static class PrivateFiles
{
    internal const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates a directory that must be new.</summary>
    internal static void CreateDirectory(string path)
    {
        if (Directory.Exists(path)) throw new IOException($"'{path}' exists already.");
        CreateDirectoryCore(path);
    }

    /// <summary>
    /// Lets other users pass through a directory of the gateway. They can open their own files in it, and can neither list nor
    /// change it.
    /// </summary>
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    internal static void LetPass(string path) =>
        File.SetUnixFileMode(path, DirectoryMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    /// <summary>Opens a new file for writing, readable by its owner only from its first moment.</summary>
    internal static FileStream CreateFile(string path, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode600;
        return new FileStream(path, options);
    }

    /// <summary>Writes a file so that readers see the old content or the new one, never a part.</summary>
    internal static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            var stream = CreateFile(temporary);
            await using (stream.ConfigureAwait(false)) await stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Deletes a file that may not exist. A file that cannot be deleted stays: its directory is deleted later, or is private.
    /// </summary>
    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Deletes a directory with its content, as far as that is possible.</summary>
    internal static void TryDeleteDirectory(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void CreateDirectoryCore(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, DirectoryMode);
    }
}
