namespace KernelGateway.Zmtp.Transports;

/// <summary>One established stream of bytes in both directions.</summary>
/// <remarks>
/// One reader and one writer at a time. Calls that are pending at <see cref="Close"/> end with an exception or with 0.
/// </remarks>
internal abstract class ZmtpTransport : IDisposable
{
    /// <summary>Reads some bytes; 0 means the peer has ended the stream.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> memory);

    /// <summary>Writes all bytes of the segments. They must not change until it has completed.</summary>
    public abstract ValueTask SendAsync(List<ArraySegment<byte>> segments);

    /// <summary>Ends the stream in both directions; written bytes still reach the peer. Further calls have no effect.</summary>
    public abstract void Close();

    /// <summary>Frees the resources, after the reader and the writer have ended.</summary>
    public virtual void Dispose() => Close();
}
