namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>Counts what a WebSocket client has been sent, and behind how much of it stood the last ping that it has answered.</summary>
internal sealed class AnswerTally
{
    private const byte Final = 0x80;
    private const byte Ping = 0x89;
    private const byte Pong = 0x8a;

    private readonly Lock _gate = new();
    private readonly FrameScanner _received;
    private readonly FrameScanner _sent;
    private readonly List<(string Payload, int Messages)> _pings = [];

    public AnswerTally()
    {
        _received = new FrameScanner(OnReceived);
        _sent = new FrameScanner(OnSent);
    }

    /// <summary>Gets how many whole messages have come.</summary>
    public int Messages { get; private set; }

    /// <summary>Gets how many of them stood before a ping that the client has answered.</summary>
    public int AnsweredMessages { get; private set; }

    public void OnRead(ReadOnlySpan<byte> bytes)
    {
        lock (_gate) _received.Add(bytes);
    }

    public void OnWritten(ReadOnlySpan<byte> bytes)
    {
        lock (_gate) _sent.Add(bytes);
    }

    private void OnReceived(byte first, byte[] payload)
    {
        if (first == Ping) _pings.Add((Convert.ToHexString(payload), Messages));
        else if ((first & Final) != 0 && (first & 0x08) == 0) Messages++;
    }

    private void OnSent(byte first, byte[] payload)
    {
        if (first != Pong) return;
        var answered = _pings.FindIndex(ping => ping.Payload == Convert.ToHexString(payload));
        if (answered < 0) return;
        AnsweredMessages = _pings[answered].Messages;
        _pings.RemoveRange(0, answered + 1);
    }
}
