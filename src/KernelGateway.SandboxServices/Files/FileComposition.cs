using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Joins files into one, and removes the parts.</summary>
internal static class FileComposition
{
    /// <summary>
    /// Writes the content of the sources into the destination, in order, through a temporary file; then removes the sources.
    /// </summary>
    /// <exception cref="SandboxFileException">
    /// A source is missing, is not a regular file or is the destination; or the destination cannot be written. The sources are
    /// all there then. Or a source cannot be removed, when the destination is complete.
    /// </exception>
    internal static async Task<FileEntry> ComposeAsync(
        FileIdentity identity, IReadOnlyList<string> sources, string destination, CancellationToken cancellationToken)
    {
        var opened = await identity.RunAsync(() => OpenAll(sources, destination), cancellationToken).ConfigureAwait(false);
        try
        {
            // Its buffer is read ahead of the destination's opening, which the sources do not notice.
            var content = new JoinedStream(opened);
            await using (content.ConfigureAwait(false))
            {
                var upload = new FileUpload(identity, destination, new FileWriteOptions { IsAtomic = true });
                var entry = await upload.WriteAsync(content, cancellationToken).ConfigureAwait(false);
                await identity.RunAsync(() => RemoveAll(sources, cancellationToken), cancellationToken).ConfigureAwait(false);
                return entry;
            }
        }
        finally
        {
            foreach (var source in opened) await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static List<FileContent> OpenAll(IReadOnlyList<string> sources, string destination)
    {
        var opened = new List<FileContent>();
        try
        {
            using var present = LibC.Resolve(null, PathText.Encode(destination), OpenFlags.PathOnly, out _);
            var target = present is null ? null : LibC.Describe(present, out _);
            foreach (var path in sources)
            {
                var source = FileContent.Open(path);
                opened.Add(source);
                if (path == destination || target is { } status && source.Status.IsSameFile(status))
                {
                    throw new SandboxFileException(
                        FileErrorReason.SameFile, path, $"source path \"{path}\" cannot be the same as destination");
                }
            }

            return opened;
        }
        catch
        {
            foreach (var source in opened) source.Close();
            throw;
        }
    }

    private static bool RemoveAll(IReadOnlyList<string> sources, CancellationToken cancellationToken)
    {
        foreach (var path in sources) EntryRemoval.Remove(path, cancellationToken);
        return true;
    }

    /// <summary>The contents one after another.</summary>
    private sealed class JoinedStream(List<FileContent> sources) : ReadOnlyStream
    {
        private int _next;
        private Stream? _current;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (true)
            {
                if (_current is null && _next == sources.Count) return 0;
                _current ??= sources[_next++].OpenStream();
                var count = await _current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count > 0 || buffer.IsEmpty) return count;
                _current = null;
            }
        }
    }
}
