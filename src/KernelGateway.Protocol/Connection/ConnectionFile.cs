using KernelGateway.Protocol.Files;

namespace KernelGateway.Protocol.Connection;

/// <summary>Reads and writes connection files.</summary>
/// <remarks>
/// Jupyter messaging 5.x, Connection files. A connection file holds a secret: it is readable by its owner only.
/// </remarks>
public static class ConnectionFile
{
    // A connection file has about 400 bytes; a path to a much larger file must not be read into memory.
    private const int MaxBytes = 64 * 1024;

    /// <summary>Reads a connection file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The connection info, its address made fit to connect to: <c>*</c> and <c>0.0.0.0</c> become loopback.</returns>
    /// <exception cref="ConnectionFileException">
    /// The file is missing, unreadable, cut short, not JSON, or a field is missing or wrong.
    /// </exception>
    public static KernelConnectionInfo Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(path, OutsideFile.Read(path, MaxBytes));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Reads a connection file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The connection info, its address made fit to connect to: <c>*</c> and <c>0.0.0.0</c> become loopback.</returns>
    /// <exception cref="ConnectionFileException">
    /// The file is missing, unreadable, cut short, not JSON, or a field is missing or wrong.
    /// </exception>
    public static async Task<KernelConnectionInfo> ReadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse(path, await OutsideFile.ReadAsync(path, MaxBytes, cancellationToken: cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, exception);
        }
    }

    /// <summary>
    /// Writes a connection file: a reader sees the old file or the whole new one, and only the owner can read it.
    /// </summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="info">The connection info.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was before.</param>
    /// <returns>A task that ends when the file is in place.</returns>
    /// <exception cref="IOException">The file cannot be written, for instance because its directory does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory does not permit it.</exception>
    public static async Task WriteAsync(string path, KernelConnectionInfo info, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(info);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        // Set at creation, not afterwards: in between the key could be read. On Windows the directory's list decides.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        // In the same directory, because only there a rename is atomic.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        var file = new FileStream(temporary, options);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(ConnectionFileFormat.Serialize(info), cancellationToken).ConfigureAwait(false);
            }
            cancellationToken.ThrowIfCancellationRequested();
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static KernelConnectionInfo Parse(string path, byte[] bytes) => ConnectionFileFormat.Parse(path, bytes);

    private static ConnectionFileException Unreadable(string path, Exception exception) =>
        exception is FileNotFoundException or DirectoryNotFoundException
            ? new ConnectionFileException(path, null, "does not exist", exception)
            : new ConnectionFileException(path, null, $"cannot be read: {exception.Message.TrimEnd('.')}", exception);
}
