namespace KernelGateway.Benchmarks.Gateways;

/// <summary>The parts of a response body that are kept: its length, its end, and on request all of it.</summary>
/// <remarks>The measured time must not include work of the client: only the last bytes of each receive are copied.</remarks>
internal sealed class BodyScan
{
    private const int TailBytes = 4096;

    private readonly byte[] _tail = new byte[2 * TailBytes];
    private int _tailLength;

    /// <summary>Gets or sets the stream to which the whole body is copied; null for none.</summary>
    public Stream? Copy { get; set; }

    public long Bytes { get; private set; }

    public ReadOnlySpan<byte> Tail => _tail.AsSpan(0, _tailLength);

    public void Reset()
    {
        Bytes = 0;
        _tailLength = 0;
    }

    /// <summary>Takes a piece of the body. <paramref name="received"/> is the number of further bytes that were already received.</summary>
    public void Take(ReadOnlySpan<byte> piece, int received)
    {
        Bytes += piece.Length;
        Copy?.Write(piece);
        if (received >= TailBytes) return;

        if (piece.Length > TailBytes) piece = piece[^TailBytes..];
        if (_tailLength + piece.Length > _tail.Length)
        {
            _tail.AsSpan(_tailLength - TailBytes, TailBytes).CopyTo(_tail);
            _tailLength = TailBytes;
        }

        piece.CopyTo(_tail.AsSpan(_tailLength));
        _tailLength += piece.Length;
    }
}
