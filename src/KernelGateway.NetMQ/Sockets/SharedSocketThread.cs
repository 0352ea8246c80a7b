namespace KernelGateway.NetMQ.Sockets;

/// <summary>The thread that the channels of all kernels of one transport share. It runs while somebody uses it.</summary>
internal sealed class SharedSocketThread
{
    private readonly Lock _gate = new();
    private SocketThread? _current;    // Guarded by _gate, as the one below.
    private int _users;

    /// <summary>Starts the thread, or uses the one that runs. Each use ends with <see cref="ReturnAsync"/>.</summary>
    public SocketThread Rent()
    {
        lock (_gate)
        {
            // One that has failed serves nobody any more; its users notice that by themselves.
            if (_current is null || _current.Ended.IsCompleted)
            {
                _current = new SocketThread();
                _users = 0;
            }

            _users++;
            return _current;
        }
    }

    /// <summary>Ends one use. The last one ends the thread, and waits until it has ended.</summary>
    public Task ReturnAsync(SocketThread thread)
    {
        lock (_gate)
        {
            if (thread != _current || --_users > 0) return Task.CompletedTask;
            _current = null;
        }

        thread.Stop();
        return thread.Ended;
    }
}
