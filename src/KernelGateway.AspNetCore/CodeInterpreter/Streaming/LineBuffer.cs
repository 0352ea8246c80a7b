using System.Buffers;
using System.IO.Pipelines;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Writes into the response's pipe and counts the unflushed bytes.</summary>
/// <remarks>
/// Kestrel returns 4 KiB of memory at a time and frames each piece as a chunk. When the size of a large value is requested, it
/// returns more, so a megabyte takes a few chunks instead of hundreds.
/// </remarks>
internal sealed class LineBuffer(PipeWriter output) : IBufferWriter<byte>
{
    private const int WidestPiece = 64 * 1024;
    private const int WorthAsking = 4096;

    private int _expected;

    // The rest of the piece that was requested last. A large piece is requested only when it is used up: the pipe starts a new
    // piece for each request that exceeds the rest of the present one.
    private int _room;

    /// <summary>Gets the number of bytes written since the last flush.</summary>
    public long Unflushed { get; private set; }

    /// <summary>Announces the size of the next value in bytes.</summary>
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

    /// <summary>Sends the written bytes. Waits while the client does not read.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Unflushed = 0;
        _room = 0;
        var flushed = await output.FlushAsync(cancellationToken);

        // The reader has completed: the same as a cancelled token.
        if (flushed.IsCompleted || flushed.IsCanceled) throw new ClientGoneException();
    }

    private int Widen(int sizeHint) =>
        _expected < WorthAsking || _room >= Math.Max(sizeHint, 1) ? sizeHint : Math.Max(sizeHint, Math.Min(_expected, WidestPiece));
}
