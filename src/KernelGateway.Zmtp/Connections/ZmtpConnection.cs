using System.Net.Sockets;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Handshake;
using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Queues;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Connections;

/// <summary>One connection from its greeting to its end. It owns the transport; one loop reads it, one writer writes it.</summary>
internal sealed class ZmtpConnection : IHeartbeatTarget, IDisposable
{
    private readonly IConnectionOwner _owner;
    private readonly ZmtpTransport _transport;
    private readonly Peer _peer;
    private readonly ZmtpDecoder _decoder;
    private readonly ConnectionWriter _writer;
    private readonly Heartbeat _heartbeat;
    private long _bytesReceived;
    private volatile bool _isPaused;
    private ConnectionEnd? _end;

    public ZmtpConnection(IConnectionOwner owner, ZmtpTransport transport, Peer peer)
    {
        _owner = owner;
        _transport = transport;
        _peer = peer;
        _decoder = new ZmtpDecoder(ZmtpLimits.From(owner.Options), owner.Options.MemoryBudget);
        _writer = new ConnectionWriter(peer.Outbox, transport, e => Close(ZmtpConnectionEndReason.TransportFailed, e));
        _heartbeat = new Heartbeat(owner.Options, this);
    }

    public bool IsReady { get; private set; }

    /// <summary>Gets how the connection ended, once <see cref="RunAsync"/> has completed.</summary>
    public ConnectionEnd End => Volatile.Read(ref _end) ?? new ConnectionEnd(ZmtpConnectionEndReason.None, null);

    public bool IsPaused => _isPaused;

    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>Runs the connection to its end, which it reports in <see cref="End"/>; never throws.</summary>
    public async Task RunAsync(CancellationToken closing)
    {
        var writing = Task.CompletedTask;
        await using var registration = closing.UnsafeRegister(
            static s => ((ZmtpConnection)s!).Close(ZmtpConnectionEndReason.Disposed), this).ConfigureAwait(false);
        try
        {
            var metadata = await ShakeHandsAsync().ConfigureAwait(false);
            writing = _writer.RunAsync();
            Begin(metadata);
            await ReceiveAsync().ConfigureAwait(false);
        }
        catch (EndOfStreamException)
        {
            Close(ZmtpConnectionEndReason.PeerClosed);
        }
        catch (ZmtpProtocolException e)
        {
            Close(e.IsRefusal ? ZmtpConnectionEndReason.HandshakeRefused : ZmtpConnectionEndReason.ProtocolError, e);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Close(ZmtpConnectionEndReason.TransportFailed, e);
        }
        catch (Exception e)
        {
            // Any other exception is a defect of this library. The connection ends anyway, so that nothing waits for it.
            Close(ZmtpConnectionEndReason.TransportFailed, e);
        }

        _peer.Outbox.Detach(_writer);
        _writer.Complete();
        await writing.ConfigureAwait(false);

        // Nobody reads any more. Whoever learns of the end finds the memory of an unfinished message released.
        _decoder.Dispose();
        if (IsReady) _owner.OnDetached(_peer);
    }

    /// <summary>Frees the resources of the connection after it has ended.</summary>
    public void Dispose()
    {
        _heartbeat.Dispose();
        _decoder.Dispose();
        _transport.Dispose();
    }

    public void Close(ZmtpConnectionEndReason reason, Exception? exception = null)
    {
        // Only the first reason is a cause; the ones that follow are its consequences.
        if (Interlocked.CompareExchange(ref _end, new ConnectionEnd(reason, exception), null) is not null) return;
        _heartbeat.Dispose();
        _transport.Close();
        _peer.Inbox.Release();
    }

    void IHeartbeatTarget.Send(byte[] commandFrame) => _peer.Outbox.EnqueueAnswer(commandFrame);

    void IHeartbeatTarget.EndForSilence() => Close(ZmtpConnectionEndReason.HeartbeatTimedOut);

    private async ValueTask<ZmtpMetadata> ShakeHandsAsync()
    {
        var limit = _owner.Options.HandshakeTimeout;
        if (limit <= TimeSpan.Zero) limit = Timeout.InfiniteTimeSpan;
        using var deadline = new CancellationTokenSource(limit, _owner.Options.TimeProvider);
        await using var registration = deadline.Token.UnsafeRegister(
            static s => ((ZmtpConnection)s!).Close(ZmtpConnectionEndReason.HandshakeTimedOut), this).ConfigureAwait(false);
        var handshake = new ZmtpHandshake(_transport, _decoder, _owner.CreateMechanism(), _owner.Type);
        var metadata = await handshake.RunAsync().ConfigureAwait(false);
        _peer.Major = handshake.Major;
        _peer.Minor = handshake.Minor;
        return metadata;
    }

    private void Begin(ZmtpMetadata metadata)
    {
        _decoder.AcceptsMessages = true;
        _decoder.MessagePrefix = _owner.Identify(_peer, metadata);
        IsReady = true;
        _peer.EndHandshake();
        _peer.Outbox.Attach(_writer);
        _owner.OnAttached(_peer);
        _heartbeat.Start(_peer.Minor);
    }

    private async ValueTask ReceiveAsync()
    {
        while (true)
        {
            while (_decoder.TryRead(out var unit))
            {
                var hasRoom = unit.Message is null ? OnCommand(unit.Command.Span) : _owner.OnMessage(_peer, unit.Message);
                if (!hasRoom) await WaitForRoomAsync().ConfigureAwait(false);
                if (Volatile.Read(ref _end) is not null) return;
            }

            var bytes = await _transport.ReceiveAsync(_decoder.GetMemory()).ConfigureAwait(false);
            if (bytes == 0) throw new EndOfStreamException();
            Volatile.Write(ref _bytesReceived, _bytesReceived + bytes);
            _decoder.Advance(bytes);
        }
    }

    // The application does not receive fast enough: the stream is not read, so the peer waits, and no message is lost here.
    private async ValueTask WaitForRoomAsync()
    {
        _isPaused = true;
        await _peer.Inbox.WaitAsync().ConfigureAwait(false);
        _isPaused = false;
    }

    private bool OnCommand(ReadOnlySpan<byte> command)
    {
        // Unknown commands are ignored, as the specification requires; so is a second READY.
        if (!ZmtpCommand.TrySplit(command, out var name, out var data)) return true;
        if (name.SequenceEqual(ZmtpCommand.Subscribe)) return _owner.OnSubscription(_peer, subscribe: true, data);
        if (name.SequenceEqual(ZmtpCommand.Cancel)) return _owner.OnSubscription(_peer, subscribe: false, data);
        if (!name.SequenceEqual(ZmtpCommand.Ping) || !ZmtpCommand.TryAnswerPing(data, out var pong, out var ttl)) return true;
        _peer.Outbox.EnqueueAnswer(pong);
        _heartbeat.ExpectLifeWithin(ttl);
        return true;
    }
}
