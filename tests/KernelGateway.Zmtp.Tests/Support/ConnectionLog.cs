using System.Threading.Channels;
using KernelGateway.Zmtp.Sockets;

namespace KernelGateway.Zmtp.Tests.Support;

/// <summary>Collects the connection events of a socket, in order, so that a test can await them.</summary>
internal sealed class ConnectionLog
{
    private readonly Channel<ZmtpConnectionEvent> _events = Channel.CreateUnbounded<ZmtpConnectionEvent>();

    public ConnectionLog(ZmtpSocket socket) => socket.ConnectionChanged += change => _events.Writer.TryWrite(change);

    public async Task<ZmtpConnectionEvent> NextAsync(CancellationToken cancellationToken) =>
        await _events.Reader.ReadAsync(cancellationToken);

    /// <summary>Waits until a connection has completed its handshake, and skips other events.</summary>
    public async Task ConnectedAsync(CancellationToken cancellationToken)
    {
        while ((await NextAsync(cancellationToken)).Change != ZmtpConnectionChange.Connected)
        {
        }
    }

    /// <summary>Waits until a connection or an attempt has ended, and skips other events.</summary>
    public async Task<ZmtpConnectionEvent> EndedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = await NextAsync(cancellationToken);
            if (change.Change != ZmtpConnectionChange.Connected) return change;
        }
    }
}
