using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace KernelGateway.Zmtp.Transports;

/// <summary>Writes gathered segments without an allocation for each write. One write at a time.</summary>
internal sealed class SocketSender() : SocketAsyncEventArgs(true), IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;

    public ValueTask SendAsync(Socket socket, List<ArraySegment<byte>> segments)
    {
        if (segments.Count == 1)
        {
            BufferList = null;
            SetBuffer(segments[0].Array, segments[0].Offset, segments[0].Count);
        }
        else
        {
            SetBuffer(null, 0, 0);
            BufferList = segments;
        }

        _core.Reset();
        if (socket.SendAsync(this)) return new ValueTask(this, _core.Version);
        return SocketError == SocketError.Success
            ? ValueTask.CompletedTask
            : ValueTask.FromException(new SocketException((int)SocketError));
    }

    public void GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (SocketError == SocketError.Success) _core.SetResult(true);
        else _core.SetException(new SocketException((int)SocketError));
    }
}
