namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The limit of bytes in flight to a client: enough to keep the connection busy, and little more.</summary>
/// <remarks>
/// More bytes in the socket buffers would not make it faster. They would only increase the number of messages whose delivery is
/// unknown when the connection breaks. The limit is a multiple of the rate times the shortest round trip, both measured by pongs,
/// as in TCP's BBR. Not thread-safe.
/// </remarks>
internal sealed class SendWindow(TimeProvider time)
{
    /// <summary>The smallest window: with eight pings in flight there is a ping behind every message or two.</summary>
    public const long MinBytes = 8 << 10;

    /// <summary>
    /// The first window: the output of most cells, so that it does not wait for a client's first pong. Not every client sends
    /// one.
    /// </summary>
    public const long FirstBytes = 64 << 10;

    /// <summary>The largest window: 80 MB a second at a round trip of 100 ms.</summary>
    public const long MaxBytes = 8 << 20;

    // Round trips vary with the load of the machines, and a round trip may need several times more bytes than the one before.
    private const int Gain = 4;

    // A smaller measurement reduces the window by this fraction of the difference.
    private const int Inertia = 16;

    // The shortest round trip is remembered for one to two of these periods: the network path may change.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private long _lately = time.GetTimestamp();
    private TimeSpan _shortest = TimeSpan.MaxValue;
    private TimeSpan _shortestLately = TimeSpan.MaxValue;

    /// <summary>Gets the number of bytes that may be in flight.</summary>
    public long Bytes { get; private set; } = FirstBytes;

    /// <summary>Updates the window with a pong.</summary>
    /// <param name="sentAt">When the ping was sent, as a timestamp.</param>
    /// <param name="deliveredBytes">The number of bytes that were acknowledged since then.</param>
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

        // Up at once and down slowly: a pong says little when few bytes were sent after its ping.
        var needed = (long)(Gain * share * deliveredBytes);
        Bytes = Math.Clamp(needed >= Bytes ? needed : Bytes - ((Bytes - needed) / Inertia), MinBytes, MaxBytes);
    }
}
