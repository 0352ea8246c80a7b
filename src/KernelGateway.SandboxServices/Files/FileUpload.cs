using System.Buffers;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Writes one file from a stream.</summary>
internal sealed class FileUpload(FileIdentity identity, string path, FileWriteOptions options)
{
    /// <summary>What is read before the file is touched, and written with one call.</summary>
    internal const int BufferBytes = 256 * 1024;

    private const int TurnBytes = 16 * BufferBytes;

    private readonly IReadOnlyDictionary<string, string> _metadata = FileMetadata.Check(options.Metadata);
    private long _start;                                   // where the content begins in the file

    /// <summary>Gets the file whose mode and time of modification the written one gets; null for neither.</summary>
    internal FileStatus? Original { get; init; }

    /// <summary>Writes the content, and gives the description of the file.</summary>
    /// <remarks>
    /// Watchers of a new small file see exactly "create, chmod, write", of an existing one "chmod, write". Therefore the first
    /// part of the content is there before the file is opened, the owner is set at once, and the part is written with one call.
    /// </remarks>
    /// <exception cref="SandboxFileException">It cannot be written. A file that this upload created is removed.</exception>
    internal async Task<FileEntry> WriteAsync(Stream content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var part = buffer.AsMemory(0, BufferBytes);
            var count = await FillAsync(content, part, cancellationToken).ConfigureAwait(false);
            // From here on it runs on threads of the pool, on which files are written.
            using var target = await identity.RunAsync(() => Open(part.Span[..count]), cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            try
            {
                for (var position = _start + count; count == BufferBytes; position += count)
                {
                    // Content that is there at once is not to keep the thread from other work.
                    if (position % TurnBytes < BufferBytes)
                        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                    count = await FillAsync(content, part, cancellationToken).ConfigureAwait(false);
                    Write(target.File, part.Span[..count], position);
                }

                if (options.IsAtomic) RandomAccess.FlushToDisk(target.File);
                return await identity.RunAsync(() => Complete(target), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                _ = await identity.RunAsync(() => Abandon(target), CancellationToken.None).ConfigureAwait(false);
                if (IsFromSystem(exception)) throw SandboxFileException.Create(exception, path);
                throw;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ValueTask<int> FillAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken) =>
        content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);

    // An asynchronous write of a file would only wait on another thread of the pool.
    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long position) =>
        RandomAccess.Write(file, bytes, position);

    // What the content's own stream throws is its reader's to understand.
    private static bool IsFromSystem(Exception exception) =>
        exception is IOException { HResult: > 0 } or UnauthorizedAccessException or ArgumentOutOfRangeException;

    private UploadTarget Open(ReadOnlySpan<byte> firstPart)
    {
        var target = options.IsAtomic
            ? UploadTarget.OpenBeside(identity, path, (uint?)Original?.Permissions, options.CreatesParents)
            : UploadTarget.OpenInPlace(identity, path, options.CreatesParents);
        try
        {
            if (options.SetsOwner) identity.Give(target.File, path, target.IsNew);
            if (!options.Appends || options.Metadata is not null) FileMetadata.Replace(target.File, _metadata, target.IsNew, path);
            // One after the other, so that few watchers read between them and see two writes of an existing file.
            if (options.Appends) _start = RandomAccess.GetLength(target.File);
            else target.Empty();
            if (!firstPart.IsEmpty) RandomAccess.Write(target.File, firstPart, _start);
            return target;
        }
        catch (Exception exception)
        {
            Abandon(target);
            target.Dispose();
            if (IsFromSystem(exception)) throw SandboxFileException.Create(exception, path);
            throw;
        }
    }

    private FileEntry Complete(UploadTarget target)
    {
        if (Original is { } original) File.SetLastWriteTimeUtc(target.File, original.Modified.UtcDateTime);
        return target.Complete();
    }

    private bool Abandon(UploadTarget target)
    {
        if (target.Abandon()) return true;
        return options.Appends && !target.IsNew && LibC.Truncate(target.File, _start) == 0;
    }
}
