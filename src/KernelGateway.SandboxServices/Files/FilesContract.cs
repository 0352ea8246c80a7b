using System.Text;
using KernelGateway.Sandboxes;

namespace KernelGateway.SandboxServices.Files;

/// <summary>The members of <see cref="ISandboxFiles"/> over <see cref="SandboxFiles"/>, with the exceptions of the contract.</summary>
internal static class FilesContract
{
    // No mark at the beginning, and a replacement character for what is not UTF-8.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static async Task<string> ReadTextAsync(SandboxFiles files, string path, CancellationToken cancellationToken) =>
        Utf8.GetString(await ReadBytesAsync(files, path, cancellationToken).ConfigureAwait(false));

    public static Task<byte[]> ReadBytesAsync(SandboxFiles files, string path, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            var content = await files.OpenReadAsync(path, cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                var stream = content.OpenStream();
                await using (stream.ConfigureAwait(false))
                {
                    using var bytes = new MemoryStream();
                    await stream.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
                    return bytes.ToArray();
                }
            }
        });

    public static Task WriteTextAsync(SandboxFiles files, string path, string text, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        return WriteBytesAsync(files, path, Utf8.GetBytes(text), cancellationToken);
    }

    public static Task WriteBytesAsync(SandboxFiles files, string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            using var stream = new MemoryStream(content.ToArray(), writable: false);
            return await files.WriteAsync(path, stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        });

    public static Task<IReadOnlyList<SandboxEntry>> ListAsync(SandboxFiles files, string path, int depth, CancellationToken cancellationToken) =>
        TranslateAsync<IReadOnlyList<SandboxEntry>>(async () =>
        {
            var entries = await files.ListAsync(path, depth, cancellationToken).ConfigureAwait(false);
            return [.. entries.Select(entry =>
                new SandboxEntry(entry.Path, entry.Type == FileEntryType.Directory, entry.Size, entry.ModifiedTime))];
        });

    public static Task<bool> ExistsAsync(SandboxFiles files, string path, CancellationToken cancellationToken) =>
        TranslateAsync(() => files.ExistsAsync(path, cancellationToken));

    public static Task RemoveAsync(SandboxFiles files, string path, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            await files.RemoveAsync(path, cancellationToken).ConfigureAwait(false);
            return true;
        });

    public static Task<bool> MakeDirectoryAsync(SandboxFiles files, string path, CancellationToken cancellationToken) =>
        TranslateAsync(async () =>
        {
            try
            {
                await files.MakeDirectoryAsync(path, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (SandboxFileException exception) when (exception.Reason == FileErrorReason.AlreadyExists)
            {
                return false;
            }
        });

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> operation)
    {
        try
        {
            return await operation().ConfigureAwait(false);
        }
        catch (SandboxFileException exception)
        {
            throw new SandboxException(Translate(exception.Reason), exception.Message, exception);
        }
    }

    private static SandboxError Translate(FileErrorReason reason) => reason switch
    {
        FileErrorReason.NotFound => SandboxError.NotFound,
        FileErrorReason.AlreadyExists => SandboxError.AlreadyExists,
        FileErrorReason.PermissionDenied or FileErrorReason.ReadOnlyFileSystem => SandboxError.PermissionDenied,
        FileErrorReason.NoSpace or FileErrorReason.FileTooLarge => SandboxError.NoSpace,
        FileErrorReason.InvalidPath or FileErrorReason.PathTooLong or FileErrorReason.NotADirectory or FileErrorReason.IsADirectory
            or FileErrorReason.NotARegularFile => SandboxError.InvalidArgument,
        _ => SandboxError.Other,
    };
}
