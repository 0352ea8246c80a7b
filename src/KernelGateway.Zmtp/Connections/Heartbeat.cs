using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Zmtp.Connections;

/// <summary>Watches one connection for silence: after our PING, and after a PING of the peer that carries a time to live.</summary>
/// <remarks>
/// 37/ZMTP, Heartbeating. Any received byte counts as an answer, so a large frame that takes long does not end its connection.
/// Timers exist only if there is an interval or a time to live.
/// </remarks>
internal sealed class Heartbeat(ZmtpSocketOptions options, IHeartbeatTarget target) : IDisposable
{
    private readonly Lock _gate = new();
    private ITimer? _pings;
    private ITimer? _deadline;
    private ITimer? _ttl;
    private long _bytesAtPing;
    private long _bytesAtTtl;
    private bool _isAwaited;
    private bool _isDisposed;

    /// <summary>Begins to send PINGs, if they are wanted and the peer knows them.</summary>
    public void Start(byte peerMinor)
    {
        // A 3.0 peer may close the connection after a PING, or take it for a message (Deno).
        if (options.HeartbeatInterval <= TimeSpan.Zero || peerMinor == 0) return;
        lock (_gate)
        {
            if (_isDisposed) return;
            _deadline = options.TimeProvider.CreateTimer(
                static s => ((Heartbeat)s!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _pings = options.TimeProvider.CreateTimer(
                static s => ((Heartbeat)s!).OnPing(), this, options.HeartbeatInterval, options.HeartbeatInterval);
        }
    }

    /// <summary>Records the time to live of a PING: when nothing follows it for that time, the connection is closed.</summary>
    public void ExpectLifeWithin(TimeSpan ttl)
    {
        if (ttl <= TimeSpan.Zero) return;
        lock (_gate)
        {
            if (_isDisposed) return;
            _bytesAtTtl = target.BytesReceived;
            _ttl ??= options.TimeProvider.CreateTimer(
                static s => ((Heartbeat)s!).OnTtl(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _ttl.Change(ttl, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _pings?.Dispose();
            _deadline?.Dispose();
            _ttl?.Dispose();
        }
    }

    private void OnPing()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            if (!_isAwaited)
            {
                _isAwaited = true;
                _bytesAtPing = target.BytesReceived;
                var timeout = options.HeartbeatTimeout > TimeSpan.Zero ? options.HeartbeatTimeout : options.HeartbeatInterval;
                _deadline!.Change(timeout, Timeout.InfiniteTimeSpan);
            }
        }

        target.Send(ZmtpCommand.PingFrame(options.HeartbeatTtl));
    }

    private void OnDeadline()
    {
        lock (_gate)
        {
            _isAwaited = false;
            if (_isDisposed || target.IsPaused || target.BytesReceived != _bytesAtPing) return;
        }

        target.EndForSilence();
    }

    private void OnTtl()
    {
        lock (_gate)
        {
            if (_isDisposed || target.IsPaused || target.BytesReceived != _bytesAtTtl) return;
        }

        target.EndForSilence();
    }
}
