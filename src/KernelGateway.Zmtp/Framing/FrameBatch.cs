using System.Buffers;
using System.Runtime.InteropServices;

namespace KernelGateway.Zmtp.Framing;

/// <summary>Collects frames for one write: headers and small bodies in a pooled buffer, large bodies by reference.</summary>
internal sealed class FrameBatch
{
    private const int BufferBytes = 16 * 1024;
    private const int CopiedBytes = 4096;
    private const int MaxSegments = 64;
    private const int MaxBatchBytes = 1 << 20;

    private readonly List<ArraySegment<byte>> _segments = new(8);
    private byte[]? _buffer;
    private int _sealed;
    private int _used;
    private long _bytes;

    /// <summary>Gets the bytes to write, in order.</summary>
    public List<ArraySegment<byte>> Segments
    {
        get
        {
            Seal();
            return _segments;
        }
    }

    public bool IsEmpty => _bytes == 0;

    /// <summary>Adds a frame; false when it has to wait for the next batch.</summary>
    public bool TryAppend(byte flags, ReadOnlyMemory<byte> body)
    {
        var copied = body.Length <= CopiedBytes;
        if (!HasRoom(FrameHeader.MaxBytes + (copied ? body.Length : 0))) return false;
        _used += FrameHeader.Write(_buffer.AsSpan(_used), flags, body.Length);
        if (copied)
        {
            body.Span.CopyTo(_buffer.AsSpan(_used));
            _used += body.Length;
        }
        else
        {
            Seal();
            _segments.Add(MemoryMarshal.TryGetArray(body, out var segment) ? segment : new ArraySegment<byte>(body.ToArray()));
        }

        _bytes += FrameHeader.MaxBytes + body.Length;
        return true;
    }

    /// <summary>Adds a frame that is ready to go; false when it has to wait for the next batch.</summary>
    public bool TryAppendEncoded(byte[] frame)
    {
        var copied = frame.Length <= CopiedBytes;
        if (!HasRoom(copied ? frame.Length : 0)) return false;
        if (copied)
        {
            frame.CopyTo(_buffer.AsSpan(_used));
            _used += frame.Length;
        }
        else
        {
            Seal();
            _segments.Add(frame);
        }

        _bytes += frame.Length;
        return true;
    }

    public void Clear()
    {
        _segments.Clear();
        _sealed = _used = 0;
        _bytes = 0;
    }

    /// <summary>Returns the buffer: an idle connection holds none.</summary>
    public void Release()
    {
        Clear();
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    private bool HasRoom(int bytes)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
        return _buffer.Length - _used >= bytes && _segments.Count < MaxSegments && _bytes < MaxBatchBytes;
    }

    private void Seal()
    {
        if (_used > _sealed) _segments.Add(new ArraySegment<byte>(_buffer!, _sealed, _used - _sealed));
        _sealed = _used;
    }
}
