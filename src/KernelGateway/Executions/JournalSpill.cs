using System.Buffers;
using System.Buffers.Binary;
using KernelGateway.Memory;

namespace KernelGateway.Executions;

/// <summary>The part of a journal that no longer fits into memory: a file of consecutive entries.</summary>
/// <remarks>
/// <code>
/// entry:  kind (1)  late (1)  utc ticks (8)  payload length (4)  payload
/// </code>
/// One appender at a time; a read touches only bytes that were appended before. After a failed write the next append begins at
/// the same position.
/// </remarks>
internal sealed class JournalSpill
{
    private const int HeaderBytes = 14;
    private const int BufferBytes = 64 * 1024;

    // One remembered file position for so many entries: a reader that starts in the middle walks at most this far.
    private const int IndexStride = 256;

    private readonly SpillSpace _space;
    private readonly ISpillFile _file;

    private readonly List<long> _index = [];
    private readonly Lock _indexGate = new();
    private long _entries;

    private JournalSpill(SpillSpace space, ISpillFile file)
    {
        _space = space;
        _file = file;
    }

    /// <summary>Gets how much the file holds, in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Opens the file of a journal; null when that is not possible.</summary>
    public static JournalSpill? TryOpen(SpillSpace space) => space.TryOpen() is { } file ? new JournalSpill(space, file) : null;

    /// <summary>Appends entries, the next ones of the journal; false when none of them could be appended.</summary>
    public bool TryAppend(ReadOnlySpan<JournalEntry> entries)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var used = 0;
        var end = Length;
        var index = new List<long>();
        try
        {
            for (var i = 0; i < entries.Length; i++)
            {
                var entry = entries[i];
                if ((_entries + i) % IndexStride == 0) index.Add(end + used);
                if (used + HeaderBytes + entry.PayloadLength > buffer.Length && !TryWrite(buffer, ref used, ref end)) return false;
                WriteHeader(buffer.AsSpan(used), entry.Kind, entry.IsLate, entry.Timestamp, entry.PayloadLength);
                used += HeaderBytes;
                if (entry.PayloadLength <= buffer.Length - used)
                {
                    entry.Payload.Span.CopyTo(buffer.AsSpan(used));
                    used += entry.PayloadLength;
                }
                else if (!TryWrite(buffer, ref used, ref end) || !TryWrite(entry.Payload.Span, ref end))
                {
                    return false;
                }
            }

            if (!TryWrite(buffer, ref used, ref end)) return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Commit(end, index, entries.Length);
        return true;
    }

    /// <summary>Appends one entry that was never in memory; false when it could not be appended.</summary>
    public bool TryAppend(ExecutionEventKind kind, bool isLate, DateTimeOffset timestamp, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header, kind, isLate, timestamp, payload.Length);
        var end = Length;
        if (!TryWrite(header, ref end) || !TryWrite(payload, ref end)) return false;
        Commit(end, _entries % IndexStride == 0 ? [Length] : [], 1);
        return true;
    }

    /// <summary>Finds the position of an entry by its sequence number.</summary>
    public long Find(long sequence)
    {
        var slot = (int)((sequence - 1) / IndexStride);
        long position;
        lock (_indexGate) position = _index[slot];
        for (var at = (long)slot * IndexStride + 1; at < sequence; at++) position = Skip(position);
        return position;
    }

    /// <summary>Reads the entry at a position and moves the position after it.</summary>
    public JournalEntry Read(ref long position, long sequence)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        ReadFully(header, position);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[10..]);
        var block = JournalEntry.Rent(length);
        ReadFully(block.AsSpan(0, length), position + HeaderBytes);
        position += HeaderBytes + length;

        var timestamp = new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(header[2..]), TimeSpan.Zero);
        return new JournalEntry((ExecutionEventKind)header[0], header[1] != 0, sequence, timestamp, block, length);
    }

    /// <summary>Closes the file. Never throws.</summary>
    public void Close() => _space.Close(_file, Length);

    private long Skip(long position)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        ReadFully(header, position);
        return position + HeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(header[10..]);
    }

    private static void WriteHeader(Span<byte> header, ExecutionEventKind kind, bool isLate, DateTimeOffset timestamp, int payloadLength)
    {
        header[0] = (byte)kind;
        header[1] = isLate ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(header[2..], timestamp.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], payloadLength);
    }

    private bool TryWrite(byte[] buffer, ref int used, ref long end)
    {
        var written = TryWrite(buffer.AsSpan(0, used), ref end);
        used = 0;
        return written;
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes, ref long end)
    {
        if (_space.TryWrite(_file, bytes, end))
        {
            end += bytes.Length;
            return true;
        }

        _space.Release(end - Length);
        return false;
    }

    private void Commit(long end, List<long> index, int entries)
    {
        lock (_indexGate) _index.AddRange(index);
        _entries += entries;
        Length = end;
    }

    private void ReadFully(Span<byte> destination, long at)
    {
        while (!destination.IsEmpty)
        {
            var read = _file.Read(destination, at);
            if (read == 0) throw new EndOfStreamException("A journal's spill file ends before its entries do.");
            destination = destination[read..];
            at += read;
        }
    }
}
