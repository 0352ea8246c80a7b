namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>How much may be on its way to a client: as much as keeps the connection busy, and hardly more.</summary>
/// <remarks>
/// What lies in the buffers between here and there beyond that makes nothing faster, and only lengthens what nobody knows the fate of when the
/// connection breaks. What keeps it busy is its rate times its shortest round trip, both taken from the answers to pings, as TCP's own BBR
/// does. Not safe for several threads.
/// </remarks>
internal sealed class SendWindow(TimeProvider time)
{
    /// <summary>The smallest window: with eight pings on the way one stands behind every message or two.</summary>
    public const long MinBytes = 8 << 10;

    /// <summary>The first window: most cells' output, so that it does not wait for a client's first answer, which not every client gives.</summary>
    public const long FirstBytes = 64 << 10;

    /// <summary>The largest window: 80 MB a second at a round trip of 100 ms.</summary>
    public const long MaxBytes = 8 << 20;

    // Round trips vary, with what else the machines do; and each one may need so much more than the one before.
    private const int Gain = 4;

    // What one answer less than before takes away, one part of so many.
    private const int Inertia = 16;

    // The shortest round trip counts for once to twice as long: the way to the client may change.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private long _lately = time.GetTimestamp();
    private TimeSpan _shortest = TimeSpan.MaxValue;
    private TimeSpan _shortestLately = TimeSpan.MaxValue;

    /// <summary>Gets how many bytes may be on their way.</summary>
    public long Bytes { get; private set; } = FirstBytes;

    /// <summary>Learns from an answer.</summary>
    /// <param name="sentAt">When the ping was sent, as a timestamp.</param>
    /// <param name="deliveredBytes">How much is known to have arrived since.</param>
    public void OnAnswer(long sentAt, long deliveredBytes)
    {
        var roundTrip = time.GetElapsedTime(sentAt);
        if (time.GetElapsedTime(_lately) >= Memory)
        {
            _lately = time.GetTimestamp();
            _shortest = _shortestLately;
            _shortestLately = roundTrip;
        }

        if (roundTrip < _shortestLately) _shortestLately = roundTrip;
        if (_shortestLately < _shortest) _shortest = _shortestLately;
        var share = roundTrip > TimeSpan.Zero ? _shortest / roundTrip : 1;

        // Up at once and down slowly: an answer to a ping after which little was sent says little.
        var needed = (long)(Gain * share * deliveredBytes);
        Bytes = Math.Clamp(needed >= Bytes ? needed : Bytes - ((Bytes - needed) / Inertia), MinBytes, MaxBytes);
    }
}
