using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Executions;

/// <summary>The part of a journal that no longer fits in memory: a file that has no name once it is open.</summary>
/// <remarks>
/// <code>
/// entry:  kind (1)  late (1)  utc ticks (8)  payload length (4)  payload
/// </code>
/// The journal's lock guards appends; a read touches only bytes that were flushed before.
/// </remarks>
internal sealed class JournalSpill : IDisposable
{
    private const int HeaderBytes = 14;

    private readonly FileStream _file;

    // Taken once: asking the stream for its handle flushes its buffer, and a reader must not do that beside the one who appends.
    private readonly SafeFileHandle _handle;

    public JournalSpill(string directory)
    {
        var path = Path.Combine(directory, $"kernel-gateway-journal-{Guid.NewGuid():N}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            BufferSize = 64 * 1024,
            Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(path, options);
        _handle = _file.SafeFileHandle;

        // Unlinked while open: a crash of the gateway leaves no output of anybody's code on the disk.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Gets where the next entry will start.</summary>
    public long Length { get; private set; }

    public void Append(JournalEntry entry)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header[0] = (byte)entry.Kind;
        header[1] = entry.IsLate ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(header[2..], entry.Timestamp.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], entry.PayloadLength);
        _file.Write(header);
        _file.Write(entry.Payload.Span);
        Length += HeaderBytes + entry.PayloadLength;
    }

    /// <summary>Makes everything appended readable.</summary>
    public void Flush() => _file.Flush();

    /// <summary>Reads the entry at a position and moves the position behind it.</summary>
    public JournalEntry Read(ref long position, long sequence)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        ReadFully(header, position);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[10..]);
        var block = ArrayPool<byte>.Shared.Rent(length);
        ReadFully(block.AsSpan(0, length), position + HeaderBytes);
        position += HeaderBytes + length;

        var timestamp = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(header[2..]), TimeSpan.Zero);
        return new JournalEntry((ExecutionEventKind)header[0], header[1] != 0, sequence, timestamp, block, length);
    }

    /// <summary>Gives the position of the entry behind the one at <paramref name="position"/>.</summary>
    public long Skip(long position)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        ReadFully(header, position);
        return position + HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(header[10..]);
    }

    public void Dispose() => _file.Dispose();

    private void ReadFully(Span<byte> destination, long at)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(_handle, destination, at);
            if (read == 0) throw new EndOfStreamException("A journal's spill file ends before its entries do.");
            destination = destination[read..];
            at += read;
        }
    }
}
