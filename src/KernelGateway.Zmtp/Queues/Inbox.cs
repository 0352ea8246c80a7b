namespace KernelGateway.Zmtp.Queues;

/// <summary>The received messages of one peer that the application has not taken yet.</summary>
/// <remarks>
/// When it is full, the connection is not read; no message is dropped here. The fields are guarded by the fair queue's gate.
/// </remarks>
internal sealed class Inbox(int limit)
{
    /// <summary>How many bytes wait before reading stops, however few messages they are.</summary>
    public const int FullBytes = 8 << 20;

    /// <summary>How many bytes of messages that have no reservation of their own wait before the memory budget is asked.</summary>
    public const int FreeBytes = 1 << 20;

    private readonly AsyncSignal _room = new();
    private readonly Queue<ZmtpMessage> _messages = new();
    private long _bytes;
    private long _unreservedBytes;      // of the messages that wait, those too small for a reservation of their own
    private long _reservedBytes;
    private bool _isAwaited;
    private bool _isRefused;

    public int Count => _messages.Count;

    /// <summary>Gets a value indicating whether reading has to stop.</summary>
    public bool IsFull => limit > 0 && (_messages.Count >= limit || _bytes >= FullBytes);

    /// <summary>Gets a value indicating whether more is to be reserved: as much as an inbox may hold, so that a flood asks seldom.</summary>
    public bool NeedsReservation => _unreservedBytes > Math.Max(FreeBytes, _reservedBytes);

    public void Enqueue(ZmtpMessage message)
    {
        var bytes = message.Bytes;
        _messages.Enqueue(message);
        _bytes += bytes;
        if (!message.IsReserved) _unreservedBytes += bytes;
    }

    public ZmtpMessage Dequeue()
    {
        var message = _messages.Dequeue();
        var bytes = message.Bytes;
        _bytes -= bytes;
        if (!message.IsReserved) _unreservedBytes -= bytes;
        return message;
    }

    /// <summary>Records that the reader waits; it is released when half of the limit is free.</summary>
    /// <param name="isRefused">Whether the budget refused a reservation. The limit is then what may wait without one.</param>
    public void AwaitRoom(bool isRefused = false)
    {
        _isAwaited = true;
        _isRefused = isRefused;
    }

    public bool TakeRoomNotice()
    {
        if (!_isAwaited || _messages.Count > limit / 2 || _bytes > FullBytes / 2) return false;
        if (_isRefused && _unreservedBytes > FreeBytes / 2) return false;
        _isAwaited = false;
        return true;
    }

    public void AddReservation() => _reservedBytes += FullBytes;

    /// <summary>Takes back what is reserved once little is left to wait; the caller releases it.</summary>
    public long TakeReservation()
    {
        if (_reservedBytes == 0 || _unreservedBytes > FreeBytes / 2) return 0;
        var freed = _reservedBytes;
        _reservedBytes = 0;
        return freed;
    }

    public ValueTask<bool> WaitAsync() => _room.WaitAsync();

    // Also called when the connection ends. A release too many lets one message more in than the limit, no more.
    public void Release() => _room.Set();
}
