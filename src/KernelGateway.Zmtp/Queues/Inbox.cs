namespace KernelGateway.Zmtp.Queues;

/// <summary>The received messages of one peer that the application has not taken yet.</summary>
/// <remarks>
/// When it is full, the connection is not read; no message is dropped here. The fields are guarded by the fair queue's gate.
/// </remarks>
internal sealed class Inbox(int limit)
{
    /// <summary>How many bytes wait before reading stops, however few messages they are.</summary>
    public const int FullBytes = 8 << 20;

    private readonly AsyncSignal _room = new();
    private readonly Queue<ZmtpMessage> _messages = new();
    private long _bytes;
    private bool _isAwaited;

    public int Count => _messages.Count;

    /// <summary>Gets a value indicating whether reading has to stop.</summary>
    public bool IsFull => limit > 0 && (_messages.Count >= limit || _bytes >= FullBytes);

    public void Enqueue(ZmtpMessage message)
    {
        _messages.Enqueue(message);
        _bytes += message.Bytes;
    }

    public ZmtpMessage Dequeue()
    {
        var message = _messages.Dequeue();
        _bytes -= message.Bytes;
        return message;
    }

    /// <summary>Records that the reader waits; it is released when half of the limit is free.</summary>
    public void AwaitRoom() => _isAwaited = true;

    public bool TakeRoomNotice()
    {
        if (!_isAwaited || _messages.Count > limit / 2 || _bytes > FullBytes / 2) return false;
        _isAwaited = false;
        return true;
    }

    public ValueTask<bool> WaitAsync() => _room.WaitAsync();

    // Also called when the connection ends. A release too many lets one message more in than the limit, no more.
    public void Release() => _room.Set();
}
