using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

#pragma warning disable CA1001 // See ChannelConnection.cs.
internal sealed partial class ChannelConnection
#pragma warning restore CA1001
{
    /// <summary>Closes the connection; only the first reason counts. Returns at once.</summary>
    public void CloseSoon(ChannelCloseReason reason)
    {
        lock (_gate)
        {
            if (_closeReason is not null || _ending.IsCancellationRequested) return;
            _closeReason = reason;
            if (_socket is null) return;
        }

        BeginClose(reason);
    }

    // The session has the connection already, so that it may be told to close, and takes it back when the client has gone meanwhile.
    private async Task<IChannelSocket> AcceptAsync()
    {
        IChannelSocket socket;
        try
        {
            socket = await _acceptAsync(OnPong);
        }
        catch
        {
            _kernel.OnDetached(_session, _session.Detach(this));
            _over.TrySetResult();
            throw;
        }

        ChannelCloseReason? reason;
        lock (_gate)
        {
            _socket = socket;
            reason = _closeReason;
        }

        if (reason is not null) BeginClose(reason);
        return socket;
    }

    // Called once: by whoever gives the reason, or when the handshake has been answered.
    private void BeginClose(ChannelCloseReason reason)
    {
        lock (_gate)
        {
            if (_ending.IsCancellationRequested) return;
            _abort = Time.CreateTimer(
                static state => ((IChannelSocket)state!).Abort(), _socket, reason.Grace, Timeout.InfiniteTimeSpan);
        }

        // The close frame follows the current write, or the rest of the messages (see WriteAsync).
        if (!reason.SendsRest) _ = _socket.CloseOutputAsync(reason.Status, reason.Text, _ending.Token);
        Wake();
    }

    /// <summary>Ends the connection because the client has opened a newer one.</summary>
    private async Task ReplaceAsync()
    {
        CloseSoon(ChannelCloseReason.Replaced);
        try
        {
            await _over.Task.WaitAsync(ReplacementGrace, Time);
        }
        catch (TimeoutException)
        {
            // The connection is half open: the client is gone without a close. Bytes that have arrived are still read.
            _socket?.Abort();
            await _over.Task.WaitAsync(ReplacementGrace, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
