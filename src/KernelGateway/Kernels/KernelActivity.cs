using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>The execution state and the last activity of a kernel, as in Jupyter's kernel model.</summary>
/// <remarks>
/// Watched on the gateway's own iopub subscription, so it is true whether or not a client is connected. As in Jupyter Server,
/// requests about the kernel (info, comms) and control requests (shutdown, interrupt, debugger) do not count as activity.
/// </remarks>
public sealed class KernelActivity
{
    private const string Busy = "busy";

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private string _executionState = "starting";
    private DateTimeOffset _lastActivity;
    private long _lastActivityTimestamp;
    private int _connections;

    internal KernelActivity(TimeProvider time)
    {
        _time = time;
        NoteActivity();
    }

    /// <summary>
    /// Gets the execution state: <c>starting</c>, <c>idle</c>, <c>busy</c>, <c>restarting</c>, <c>dead</c>, or a state of the
    /// kernel's own.
    /// </summary>
    public string ExecutionState
    {
        get
        {
            lock (_gate) return _executionState;
        }
    }

    /// <summary>Gets a value indicating whether the kernel reports that it is busy.</summary>
    public bool IsBusy => ExecutionState == Busy;

    /// <summary>Gets when code, a completion or the like was last worked on, or its output came. UTC.</summary>
    public DateTimeOffset LastActivity
    {
        get
        {
            lock (_gate) return _lastActivity;
        }
    }

    /// <summary>Gets the time since then; changes of the machine's date do not affect it.</summary>
    internal TimeSpan IdleTime
    {
        get
        {
            lock (_gate) return _time.GetElapsedTime(_lastActivityTimestamp);
        }
    }

    /// <summary>Gets how many clients are connected to its channels at this moment, through the gateway.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Counts a client as connected until the result is disposed.</summary>
    internal IDisposable AddConnection()
    {
        Interlocked.Increment(ref _connections);
        return new Connection(this);
    }

    /// <summary>Records that a client has begun to use the kernel.</summary>
    internal void Touch()
    {
        lock (_gate) NoteActivity();
    }

    internal void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (channel != KernelChannel.IOPub || !IsTracked(message.ParentMessageType)) return;
        var state = message.MessageType == MessageTypes.Status ? message.RawContent.Field("execution_state"u8).AsString() : null;
        lock (_gate)
        {
            NoteActivity();
            if (!string.IsNullOrEmpty(state)) _executionState = state;
        }
    }

    internal void OnStateChanged(KernelState state)
    {
        lock (_gate)
        {
            _executionState = state switch
            {
                KernelState.Launching => "starting",
                KernelState.Restarting => "restarting",
                KernelState.Ready => "idle",
                _ => "dead",
            };
            NoteActivity();
        }
    }

    private void NoteActivity()
    {
        _lastActivity = _time.GetUtcNow();
        _lastActivityTimestamp = _time.GetTimestamp();
    }

    // A message without a parent is about the kernel itself, such as "starting".
    private static bool IsTracked(string parentType) => parentType switch
    {
        "" => false,
        MessageTypes.KernelInfoRequest or MessageTypes.CommInfoRequest or MessageTypes.ConnectRequest => false,
        MessageTypes.ShutdownRequest or MessageTypes.InterruptRequest or MessageTypes.DebugRequest => false,
        MessageTypes.CreateSubshellRequest or MessageTypes.DeleteSubshellRequest or MessageTypes.ListSubshellRequest => false,
        _ => true,
    };

    private sealed class Connection(KernelActivity activity) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref activity._connections);
        }
    }
}
