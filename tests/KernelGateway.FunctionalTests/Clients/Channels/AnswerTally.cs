namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>Counts the messages that a WebSocket client has received, and those before the last ping that it has answered.</summary>
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

    /// <summary>Gets the number of whole messages that were received.</summary>
    public int Messages { get; private set; }

    /// <summary>Gets the number of messages that were received before a ping that the client has answered.</summary>
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
