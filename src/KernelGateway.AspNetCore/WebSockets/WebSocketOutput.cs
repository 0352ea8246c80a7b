using System.Buffers;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Collects frames for one write: small parts in pooled blocks, large parts by reference.</summary>
internal sealed class WebSocketOutput : ISpliceWriter
{
    private const int BlockBytes = 16 * 1024;

    // Copying a part of this size costs more than a separate write.
    private const int SplicedBytes = 64 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private readonly List<byte[]> _blocks = [];   // the last one is being filled
    private int _sealed;
    private int _used;
    private long _expected;

    /// <summary>Gets the number of bytes that have been collected.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gets the bytes to write, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Segments
    {
        get
        {
            Seal();
            return _segments;
        }
    }

    /// <summary>Begins a message; exactly this number of payload bytes has to follow.</summary>
    public void Begin(WebSocketOpcode opcode, long payloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        ThrowIfUnfinished();
        _expected = WebSocketFrameHeader.MaxSentBytes + payloadBytes;
        var headerBytes = WebSocketFrameHeader.Write(GetSpan(WebSocketFrameHeader.MaxSentBytes), opcode, payloadBytes);
        Advance(headerBytes);
        _expected = payloadBytes;
    }

    /// <summary>Throws when the message is incomplete: a wrong length would corrupt everything behind it.</summary>
    public void ThrowIfUnfinished()
    {
        if (_expected != 0) throw new InvalidOperationException($"A message is {_expected} bytes shorter than announced.");
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _used += count;
        Count(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_blocks.Count == 0 || _blocks[^1].Length - _used < Math.Max(sizeHint, 1)) AddBlock(sizeHint);
        return _blocks[^1].AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Splice(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < SplicedBytes)
        {
            this.Write(bytes.Span);
            return;
        }

        Seal();
        _segments.Add(bytes);
        Count(bytes.Length);
    }

    /// <summary>Clears the batch and returns the blocks to the pool: an idle connection holds none.</summary>
    public void Clear()
    {
        foreach (var block in _blocks) ArrayPool<byte>.Shared.Return(block);
        _blocks.Clear();
        _segments.Clear();
        _sealed = _used = 0;
        _expected = 0;
        Bytes = 0;
    }

    private void AddBlock(int sizeHint)
    {
        Seal();
        // A message that does not fit gets one block of its own, up to a limit.
        var wanted = (int)Math.Clamp(_expected, BlockBytes, SplicedBytes);
        _blocks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(wanted, sizeHint)));
        _sealed = _used = 0;
    }

    private void Seal()
    {
        if (_used > _sealed) _segments.Add(_blocks[^1].AsMemory(_sealed, _used - _sealed));
        _sealed = _used;
    }

    private void Count(int count)
    {
        _expected -= count;
        Bytes += count;
        if (_expected < 0) throw new InvalidOperationException("A message is longer than announced.");
    }
}
