namespace KernelGateway.Protocol.Messages;

/// <summary>The part of a message that is the same on every transport: four JSON objects and the buffers.</summary>
internal readonly record struct MessageFrames(
    ReadOnlyMemory<byte> Header,
    ReadOnlyMemory<byte> ParentHeader,
    ReadOnlyMemory<byte> Metadata,
    ReadOnlyMemory<byte> Content,
    IReadOnlyList<ReadOnlyMemory<byte>> Buffers)
{
    /// <summary>Copies everything into one block.</summary>
    public MessageFrames Copy()
    {
        var length = Header.Length + ParentHeader.Length + Metadata.Length + Content.Length;
        foreach (var buffer in Buffers) length += buffer.Length;

        Memory<byte> rest = new byte[length];
        var buffers = Buffers.Count == 0 ? [] : new ReadOnlyMemory<byte>[Buffers.Count];
        var copy = new MessageFrames(
            Take(Header, ref rest), Take(ParentHeader, ref rest), Take(Metadata, ref rest), Take(Content, ref rest), buffers);
        for (var i = 0; i < buffers.Length; i++) buffers[i] = Take(Buffers[i], ref rest);
        return copy;
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> frame, ref Memory<byte> rest)
    {
        frame.CopyTo(rest);
        var taken = rest[..frame.Length];
        rest = rest[frame.Length..];
        return taken;
    }
}
