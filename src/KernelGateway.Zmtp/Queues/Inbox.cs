namespace KernelGateway.Zmtp.Queues;

/// <summary>The received messages of one peer that the application has not taken yet.</summary>
/// <remarks>Full means that the connection is not read any further: nothing is dropped here. The fields are guarded by the fair queue's gate.</remarks>
internal sealed class Inbox(int limit)
{
    private readonly AsyncSignal _room = new();
    private bool _isAwaited;

    public Queue<ZmtpMessage> Messages { get; } = new();

    /// <summary>Gets a value indicating whether reading has to stop.</summary>
    public bool IsFull => limit > 0 && Messages.Count >= limit;

    /// <summary>Marks that the reader waits; it is released when half of the messages are gone.</summary>
    public void AwaitRoom() => _isAwaited = true;

    public bool TakeRoomNotice()
    {
        if (!_isAwaited || Messages.Count > limit / 2) return false;
        _isAwaited = false;
        return true;
    }

    public ValueTask<bool> WaitAsync() => _room.WaitAsync();

    // Also called when the connection ends. A release too many lets one message more in than the limit, no more.
    public void Release() => _room.Set();
}
