using System.Buffers;
using System.IO.Pipelines;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Writes into the response's pipe and knows how much of it has not been flushed.</summary>
/// <remarks>
/// Kestrel hands out 4 KiB at a time and frames each piece as a chunk of its own; asked for more, as the size of a large value lets
/// us, it gives it, and a megabyte takes a few chunks instead of hundreds.
/// </remarks>
internal sealed class LineBuffer(PipeWriter output) : IBufferWriter<byte>
{
    private const int WidestPiece = 64 * 1024;
    private const int WorthAsking = 4096;

    private int _expected;

    // What is left of the piece that was asked for last. Only when it is used up is a wide one asked for: the pipe starts a new piece
    // for each request that is larger than the rest of the present one.
    private int _room;

    /// <summary>Gets how many bytes were written since the last flush.</summary>
    public long Unflushed { get; private set; }

    /// <summary>Says how many bytes the value has that is written next.</summary>
    public void Expect(int bytes) => _expected = bytes;

    public void Advance(int count)
    {
        output.Advance(count);
        Unflushed += count;
        _expected -= count;
        _room -= count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var memory = output.GetMemory(Widen(sizeHint));
        _room = memory.Length;
        return memory;
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        var span = output.GetSpan(Widen(sizeHint));
        _room = span.Length;
        return span;
    }

    /// <summary>Sends what was written; waits while the client does not take it.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Unflushed = 0;
        _room = 0;
        var flushed = await output.FlushAsync(cancellationToken);

        // Nobody reads any more: the same to us as the token.
        if (flushed.IsCompleted || flushed.IsCanceled) throw new ClientGoneException();
    }

    private int Widen(int sizeHint) =>
        _expected < WorthAsking || _room >= Math.Max(sizeHint, 1) ? sizeHint : Math.Max(sizeHint, Math.Min(_expected, WidestPiece));
}
