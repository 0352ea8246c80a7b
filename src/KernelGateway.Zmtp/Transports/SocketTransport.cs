using System.Net.Sockets;

namespace KernelGateway.Zmtp.Transports;

/// <summary>A tcp or ipc stream.</summary>
internal sealed class SocketTransport : ZmtpTransport
{
    private const int DiscardBytes = 1 << 20;

    private readonly Socket _socket;
    private readonly SocketSender _sender = new();
    private int _isClosed;

    public SocketTransport(Socket socket)
    {
        _socket = socket;

        // Messages are small and waited for: Nagle's algorithm would add a delayed acknowledgement to every one.
        if (socket.ProtocolType != ProtocolType.Tcp) return;
        try
        {
            socket.NoDelay = true;
        }
        catch (SocketException)
        {
            // The peer has gone already; the first read reports it, and its caller closes the socket.
        }
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> memory) =>
        _socket.ReceiveAsync(memory, SocketFlags.None, CancellationToken.None);

    public override ValueTask SendAsync(List<ArraySegment<byte>> segments) => _sender.SendAsync(_socket, segments);

    public override void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0) return;
        try
        {
            // Without this, closing with a pending read aborts the connection, and the peer may lose unread bytes.
            _socket.Shutdown(SocketShutdown.Send);
            DiscardUnread();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The peer has closed before; there is nothing left to end.
        }

        _socket.Dispose();
    }

    public override void Dispose()
    {
        base.Dispose();
        _sender.Dispose();
    }

    // Closing with unread input sends a reset, and the peer may then lose unread bytes.
    private void DiscardUnread()
    {
        if (_socket.Available == 0) return;
        var rest = DiscardBytes;
        Span<byte> scratch = stackalloc byte[4096];
        _socket.Blocking = false;
        while (rest > 0 && _socket.Available > 0)
        {
            var bytes = _socket.Receive(scratch, SocketFlags.None);
            if (bytes == 0) return;
            rest -= bytes;
        }
    }
}
