using NetMQ;
using NetMQ.Monitoring;
using NetMQ.Sockets;

namespace KernelGateway.NetMQ.Sockets;

/// <summary>A socket of NetMQ, and the monitor that reports its connection. Created, used and disposed on the socket thread.</summary>
internal sealed class MonitoredSocket : IDisposable
{
    private static long _count;

    private readonly SocketThread _thread;
    private readonly PairSocket _events = new();
    private readonly NetMQMonitor _monitor;
    private readonly EventHandler<NetMQSocketEventArgs> _receive;
    private readonly EventHandler<NetMQSocketEventArgs> _send;
    private bool _receivesWhenReady;
    private bool _sendsWhenReady;

    /// <summary>Takes the socket, which is not connected yet, and disposes it also on failure.</summary>
    /// <param name="thread">The thread that polls it.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="receive">Is called when a message can be received.</param>
    /// <param name="send">Is called when a message can be sent.</param>
    public MonitoredSocket(SocketThread thread, NetMQSocket socket, Action receive, Action? send = null)
    {
        _thread = thread;
        Socket = socket;
        _receive = (_, _) => receive();
        _send = (_, _) => send?.Invoke();

        // NetMQ reports events over a pair of sockets. This end is polled here and not by the monitor, which could not be disposed after the
        // end of the thread.
        var endpoint = $"inproc://kernel-gateway-monitor-{Interlocked.Increment(ref _count)}";
        _monitor = new NetMQMonitor(_events, endpoint);
        _monitor.Connected += (_, _) => Connected?.Invoke();
        _monitor.Disconnected += (_, _) => Disconnected?.Invoke();
        try
        {
            socket.Monitor(endpoint, SocketEvents.Connected | SocketEvents.Disconnected);
            _events.Connect(endpoint);
            thread.Poller.Add(_events);
            thread.Poller.Add(socket);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NetMQSocket Socket { get; }

    /// <summary>Gets the callback for a connection that was made. NetMQ has not finished ZMTP's handshake then.</summary>
    public Action? Connected { get; init; }

    /// <summary>Gets the callback for a connection that has ended.</summary>
    public Action? Disconnected { get; init; }

    /// <summary>Gets or sets a value indicating whether received messages are looked for. When they are not, the peer has to wait sooner or later.</summary>
    public bool ReceivesWhenReady
    {
        get => _receivesWhenReady;
        set
        {
            if (_receivesWhenReady == value) return;
            _receivesWhenReady = value;
            if (value) Socket.ReceiveReady += _receive;
            else Socket.ReceiveReady -= _receive;
        }
    }

    /// <summary>Gets or sets a value indicating whether room for a message to send is looked for.</summary>
    public bool SendsWhenReady
    {
        get => _sendsWhenReady;
        set
        {
            if (_sendsWhenReady == value) return;
            _sendsWhenReady = value;
            if (value) Socket.SendReady += _send;
            else Socket.SendReady -= _send;
        }
    }

    public void Dispose()
    {
        // The end of the thread disposes the poller, which then knows no sockets any more.
        if (!_thread.Ended.IsCompleted)
        {
            _thread.Poller.Remove(Socket);
            _thread.Poller.Remove(_events);
        }

        _monitor.Dispose();
        Socket.Dispose();
        _events.Dispose();
    }
}
