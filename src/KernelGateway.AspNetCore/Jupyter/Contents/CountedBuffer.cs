using System.Buffers;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Bytes in pooled blocks that count in the gateway's memory account. Written to the end, then read once.</summary>
internal sealed class CountedBuffer(BodyMemory memory) : Stream
{
    private const int BlockBytes = 64 * 1024;

    private readonly List<byte[]> _blocks = [];
    private long _length;
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Calls back with all bytes, in order.</summary>
    public void ForEachPart(Action<ReadOnlyMemory<byte>> use)
    {
        for (long start = 0; start < _length; start += BlockBytes) use(PartAt(start, BlockBytes));
    }

    /// <exception cref="BodyMemoryException">There is no room in the account at the moment.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var used = (int)(_length % BlockBytes);
            if (used == 0)
            {
                memory.Add(BlockBytes);
                _blocks.Add(ArrayPool<byte>.Shared.Rent(BlockBytes));
            }

            var part = buffer[..Math.Min(buffer.Length, BlockBytes - used)];
            part.CopyTo(_blocks[^1].AsSpan(used));
            _length += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var part = PartAt(_position, buffer.Length);
        part.Span.CopyTo(buffer);
        _position += part.Length;
        return part.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush()
    {
        // All is in memory.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            memory.Remove((long)_blocks.Count * BlockBytes);
            foreach (var block in _blocks) ArrayPool<byte>.Shared.Return(block);
            _blocks.Clear();
            _length = 0;
        }

        base.Dispose(disposing);
    }

    private ReadOnlyMemory<byte> PartAt(long position, int count)
    {
        if (position >= _length) return default;
        var start = (int)(position % BlockBytes);
        return _blocks[(int)(position / BlockBytes)].AsMemory(start, (int)Math.Min(Math.Min(count, BlockBytes - start), _length - position));
    }
}
