using KernelGateway.Zmtp.Peers;
using KernelGateway.Zmtp.Transports;

namespace KernelGateway.Zmtp.Connections;

/// <summary>Keeps one endpoint connected until the socket is disposed.</summary>
internal sealed class Connector(IConnectionOwner owner, IConnectionObserver observer, ZmtpEndpoint endpoint, Peer peer)
{
    private readonly ReconnectBackoff _backoff = new(owner.Options.ReconnectInterval, owner.Options.ReconnectIntervalMax);

    public async Task RunAsync(CancellationToken closing)
    {
        try
        {
            while (await TryOnceAsync(closing).ConfigureAwait(false) is { } wait)
                await Task.Delay(wait, owner.Options.TimeProvider, closing).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The socket is being disposed; the disposal awaits this task.
        }
    }

    // Returns the time before the next attempt, or null for no further attempt.
    private async ValueTask<TimeSpan?> TryOnceAsync(CancellationToken closing)
    {
        ZmtpTransport transport;
        try
        {
            transport = await TransportFactory.ConnectAsync(endpoint, closing).ConfigureAwait(false);
        }
        catch (Exception e) when (!closing.IsCancellationRequested)
        {
            observer.OnConnectFailed(peer, e);
            return _backoff.Next();
        }

        using var connection = new ZmtpConnection(owner, transport, peer);
        await connection.RunAsync(closing).ConfigureAwait(false);
        var reason = connection.End.Reason;
        var willRetry = reason is not (ZmtpConnectionEndReason.Disposed or ZmtpConnectionEndReason.HandshakeRefused);
        if (connection.IsReady) _backoff.Reset();
        observer.OnEnded(peer, connection, willRetry);
        if (!willRetry) return null;
        return reason == ZmtpConnectionEndReason.ProtocolError ? _backoff.Longest() : _backoff.Next();
    }
}
