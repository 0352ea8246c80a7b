using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Tests.Fuzzing;

/// <summary>A transport whose bytes have all arrived: each read completes at once with the next piece, and after the last one with 0 bytes.</summary>
internal sealed class BytesTransport(ReadOnlyMemory<byte> bytes, int pieceBytes) : ZmtpTransport
{
    private int _position;

    public int Reads { get; private set; }

    public override ValueTask<int> ReceiveAsync(Memory<byte> memory) => ValueTask.FromResult(Receive(memory));

    public int Receive(Memory<byte> memory)
    {
        // A read of 0 bytes would look like the end of the stream.
        if (memory.IsEmpty) throw new InvalidOperationException("The buffer to read into is empty.");
        Reads++;
        var count = Math.Min(bytes.Length - _position, Math.Min(pieceBytes, memory.Length));
        bytes.Slice(_position, count).CopyTo(memory);
        _position += count;
        return count;
    }

    public override ValueTask SendAsync(List<ArraySegment<byte>> segments) => ValueTask.CompletedTask;

    public override void Close()
    {
    }
}
