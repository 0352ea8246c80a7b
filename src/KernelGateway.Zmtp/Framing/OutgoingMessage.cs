namespace KernelGateway.Zmtp.Framing;

/// <summary>A message on its way out: the caller's frames, and what the socket type puts in front of them.</summary>
/// <param name="Frames">The caller's frames; they stay unchanged for ever.</param>
/// <param name="Skip">How many of them are addresses that do not travel (ROUTER).</param>
/// <param name="Envelope">Frames that go first: the delimiter of a REQ, what a REP kept of the request.</param>
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
