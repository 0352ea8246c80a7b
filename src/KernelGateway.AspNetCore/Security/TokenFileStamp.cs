using KernelGateway.Protocol.Files;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Shows whether a token file has been changed, without reading it.</summary>
/// <param name="Status">Type, permissions, owner and number of the file; null on Windows.</param>
/// <param name="WrittenAt">When it was written last, UTC.</param>
/// <param name="Length">Its length.</param>
internal sealed record TokenFileStamp(UnixFileStatus? Status, DateTime WrittenAt, long Length)
{
    // Two writes within the resolution of the file system's clock have the same time; it is 2 seconds at most.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Returns whether a change after this would have another time. The system's clock is compared with the file system's.
    /// </summary>
    public bool IsSettled => TimeProvider.System.GetUtcNow() - new DateTimeOffset(WrittenAt) > Resolution;

    /// <summary>Reads the stamp of a file; null when it cannot be examined.</summary>
    public static TokenFileStamp? Find(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var status = OperatingSystem.IsWindows() ? (UnixFileStatus?)null : UnixFile.Describe(path, followLink: true);

            // Of a link, the time is that of its target.
            if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
            return file.Exists ? new TokenFileStamp(status, file.LastWriteTimeUtc, file.Length) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
