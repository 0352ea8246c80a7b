using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;
using NetMQ;
using NetMQ.Sockets;

namespace KernelGateway.NetMQ.Sockets;

/// <summary>One heartbeat over a connection of its own.</summary>
internal sealed class Heartbeat(KernelConnectionInfo kernel, KernelChannelsOptions options, SocketThread thread) : ISocketOwner, IDisposable
{
    // An echo has as many bytes as the ping; there may be an envelope around it.
    private const int MaxEchoBytes = 1024;

    private readonly TaskCompletionSource<bool> _isEchoed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MonitoredSocket? _socket;    // Used on the socket thread only.

    /// <summary>Sends the ping, and waits for its echo; false when the connection ended before.</summary>
    public async Task<bool> PingAsync(CancellationToken cancellationToken)
    {
        var (endpoint, isIPv6) = await KernelEndpoint.ResolveAsync(kernel, KernelChannel.Heartbeat, options.TimeProvider, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            await thread.InvokeAsync(() => Open(endpoint, isIPv6)).ConfigureAwait(false);
            return await _isEchoed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await thread.InvokeAsync(Dispose).ConfigureAwait(false);
        }
    }

    public void OnFailed(Exception exception)
    {
        _isEchoed.TrySetException(new IOException($"NetMQ's sockets have failed: {exception.Message}", exception));

        // A caller that has given up does not look at it.
        _ = _isEchoed.Task.Exception;
    }

    /// <summary>Closes the connection. Called on the socket thread, or after its end.</summary>
    public void Dispose()
    {
        thread.Remove(this);
        try
        {
            _socket?.Dispose();
        }
        catch (NetMQException)
        {
            // NetMQ has failed or was ended by the program. The ping has its result, and nothing else is to be given back.
        }

        _socket = null;
    }

    private void Open(string endpoint, bool isIPv6)
    {
        try
        {
            thread.Add(this);
            var socket = NetMQChannel.Configure(new RequestSocket(), options, isIPv6);
            socket.Options.MaxMsgSize = MaxEchoBytes;
            _socket = new MonitoredSocket(thread, socket, () => _isEchoed.TrySetResult(true))
            {
                Disconnected = () => _isEchoed.TrySetResult(false),
                ReceivesWhenReady = true,
            };
            socket.Connect(endpoint);
            socket.TrySendFrame(TimeSpan.Zero, "ping");
        }
        catch (Exception exception)
        {
            OnFailed(exception);
        }
    }
}
