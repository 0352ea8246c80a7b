using System.Formats.Tar;
using System.IO.Compression;

namespace KernelGateway.ControlPlane.Templates.Images;

/// <summary>Unpacks tar files, compressed with gzip or not, into the root directory of a template.</summary>
/// <remarks>
/// Devices and pipes are left out: a sandbox has a <c>/dev</c> of its own. Set-user-id bits and extended attributes are left out,
/// since they have no effect in a sandbox.
/// </remarks>
/// <param name="tree">The root directory.</param>
/// <param name="limits">How much is unpacked at most, from all archives together.</param>
internal sealed class TarUnpacker(RootTree tree, UnpackLimits limits)
{
    // OCI image layer specification, Whiteouts.
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueName = ".wh..wh..opq";
    private const string MetadataPrefix = ".wh..wh.";

    private const int HighestId = 65_535;                   // A sandbox has a range of 65,536.

    private static readonly byte[] Gzip = [0x1F, 0x8B];
    private static readonly byte[] Zstandard = [0x28, 0xB5, 0x2F, 0xFD];

    private long _bytes;
    private int _entries;

    /// <summary>Unpacks a file.</summary>
    /// <param name="file">The file, which is read from its beginning, a layer twice.</param>
    /// <param name="isLayer">Whether entries whose names begin with <c>.wh.</c> remove files of the layers before.</param>
    /// <param name="cancellationToken">Cancels it, and leaves what was unpacked.</param>
    /// <exception cref="TemplateException">
    /// It is not a tar file, has an entry that must not be unpacked, or is too large.
    /// </exception>
    /// <exception cref="IOException">Something cannot be written.</exception>
    internal void Unpack(FileStream file, bool isLayer, CancellationToken cancellationToken)
    {
        // First: they concern the layers before only, wherever they are in this one.
        if (isLayer)
            foreach (var name in ListWhiteouts(file, cancellationToken)) Erase(name);
        Read(file, entry =>
        {
            if (!isLayer || !IsWhiteout(entry)) Put(entry);
        }, cancellationToken);
    }

    private static void Read(FileStream file, Action<TarEntry> visit, CancellationToken cancellationToken)
    {
        try
        {
            var isCompressed = IsCompressed(file);
            using var decompressed = isCompressed ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : null;
            using var reader = new TarReader((Stream?)decompressed ?? file, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                visit(entry);
            }
        }
        catch (Exception exception) when (
            exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new TemplateException($"'{file.Name}' is not a tar file that can be unpacked: {exception.Message}", exception);
        }
    }

    // Also sets the position to the beginning.
    private static bool IsCompressed(FileStream file)
    {
        Span<byte> start = stackalloc byte[4];
        file.Position = 0;
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        start = start[..length];
        if (start.StartsWith(Zstandard))
            throw new TemplateException($"'{file.Name}' is compressed with zstd, which is not supported. Compress it with gzip.");
        return start.StartsWith(Gzip);
    }

    private static bool IsWhiteout(TarEntry entry) => BaseName(entry.Name).StartsWith(WhiteoutPrefix, StringComparison.Ordinal);

    private static string BaseName(string name)
    {
        name = name.TrimEnd('/');
        return name[(name.LastIndexOf('/') + 1)..];
    }

    private List<string> ListWhiteouts(FileStream file, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        Read(file, entry =>
        {
            if (!IsWhiteout(entry)) return;
            found.Add(entry.Name.TrimEnd('/'));
            if (found.Count > limits.Entries) throw TooLarge();
        }, cancellationToken);
        return found;
    }

    private void Erase(string whiteout)
    {
        var name = BaseName(whiteout);
        var directory = whiteout[..^name.Length];
        if (name == OpaqueName)
        {
            tree.Clear(directory);
            return;
        }

        // Other names of this form are notes of the storage that wrote the layer.
        if (name.StartsWith(MetadataPrefix, StringComparison.Ordinal)) return;
        var removed = name[WhiteoutPrefix.Length..];
        if (removed is "" or "." or "..")
            throw new TemplateException($"The whiteout '{whiteout}' of the archive removes no file.");
        tree.RemoveEntry(directory + removed);
    }

    private void Put(TarEntry entry)
    {
        if (++_entries > limits.Entries) throw TooLarge();
        var (name, mode) = (entry.Name, entry.Mode);
        switch (entry.EntryType)
        {
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                // The header says how long the content is, and the reader keeps to it.
                _bytes += entry.Length;
                if (_bytes > limits.Bytes) throw TooLarge();
                tree.PutFile(name, entry.DataStream, OwnerOf(entry), mode, entry.ModificationTime);
                break;
            case TarEntryType.Directory:
                tree.PutDirectory(name, OwnerOf(entry), mode);
                break;
            case TarEntryType.SymbolicLink:
                tree.PutLink(name, entry.LinkName, OwnerOf(entry));
                break;
            case TarEntryType.HardLink:
                tree.PutHardLink(name, entry.LinkName);
                break;
            case TarEntryType.GlobalExtendedAttributes:
            case TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo:
                break;
            default:
                throw new TemplateException($"The entry '{name}' has the type '{entry.EntryType}', which is not supported.");
        }
    }

    private static EntryOwner OwnerOf(TarEntry entry) =>
        entry.Uid is >= 0 and <= HighestId && entry.Gid is >= 0 and <= HighestId
            ? new EntryOwner(entry.Uid, entry.Gid)
            : throw new TemplateException(
                $"'{entry.Name}' belongs to user {entry.Uid} and group {entry.Gid}. A sandbox has the ids from 0 to {HighestId}.");

    private TemplateException TooLarge() =>
        new($"The archives contain more than {limits.Bytes} bytes or {limits.Entries} entries.");
}

/// <summary>How much is unpacked at most. A small archive can describe more than a disk holds.</summary>
/// <param name="Bytes">The content of all files.</param>
/// <param name="Entries">The number of entries.</param>
internal sealed record UnpackLimits(long Bytes = 64L << 30, int Entries = 5_000_000);
