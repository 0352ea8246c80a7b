namespace KernelGateway.Zmtp.Framing;

/// <summary>A message to send: the caller's frames, and the frames that the socket type puts before them.</summary>
/// <param name="Frames">The caller's frames; they must not change.</param>
/// <param name="Skip">How many of them are addresses that are not sent (ROUTER).</param>
/// <param name="Envelope">Frames that are sent first: the delimiter of a REQ, the envelope that a REP kept of the
/// request.</param>
internal readonly record struct OutgoingMessage(
    IReadOnlyList<ReadOnlyMemory<byte>> Frames, int Skip = 0, ReadOnlyMemory<byte>[]? Envelope = null)
{
    public int Count => Frames.Count - Skip + (Envelope?.Length ?? 0);

    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            var envelope = Envelope?.Length ?? 0;
            return index < envelope ? Envelope![index] : Frames[index - envelope + Skip];
        }
    }
}
