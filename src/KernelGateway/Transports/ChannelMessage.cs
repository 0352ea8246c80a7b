namespace KernelGateway.Transports;

/// <summary>A message of a kernel as the frames in which it arrived. Disposing it releases their memory.</summary>
/// <param name="frames">The frames. They are valid until the message is disposed.</param>
/// <param name="memory">What is disposed with the message, once; null for nothing.</param>
public readonly struct ChannelMessage(IReadOnlyList<ReadOnlyMemory<byte>> frames, IDisposable? memory = null) : IDisposable
{
    /// <summary>Gets the frames. They are valid until the message is disposed.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Frames => frames;

    /// <summary>Releases the memory of the frames.</summary>
    public void Dispose() => memory?.Dispose();
}
