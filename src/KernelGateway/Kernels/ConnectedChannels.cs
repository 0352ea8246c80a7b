using KernelGateway.Protocol;

namespace KernelGateway.Kernels;

/// <summary>Which channels of one kernel are connected, have been connected before, and were lost.</summary>
internal sealed class ConnectedChannels
{
    // Shell, control, stdin and iopub: those that the gateway keeps connected.
    private const int All = 4;

    private readonly TaskCompletionSource _allConnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<KernelChannel> _seen = [];     // Guarded by _gate, as the two below.
    private readonly HashSet<KernelChannel> _lost = [];
    private int _connected;                                 // Of shell and iopub.

    /// <summary>Gets a task that completes when every channel has been connected for the first time.</summary>
    public Task AllConnected => _allConnected.Task;

    /// <summary>Gets a value indicating whether shell or iopub is connected at this moment.</summary>
    public bool IsAnyConnected => Volatile.Read(ref _connected) > 0;

    /// <summary>
    /// Gets or sets the callback that is called when shell or iopub has been lost, with whether both have been.
    /// </summary>
    /// <remarks>
    /// Also one after the other: where a new process is there at once, the first may be connected to it before the loss of the
    /// second is seen.
    /// </remarks>
    public Action<bool>? Lost { get; set; }

    /// <summary>Records that a channel was connected.</summary>
    public void OnConnected(KernelChannel channel)
    {
        lock (_gate)
        {
            if (IsWatched(channel)) _connected++;

            // A channel that reconnects while the others are still missing counts once.
            if (!_seen.Add(channel) || _seen.Count < All) return;
        }

        _allConnected.TrySetResult();
    }

    /// <summary>Records that the connection of a channel was lost.</summary>
    public void OnLost(KernelChannel channel)
    {
        if (!IsWatched(channel)) return;
        bool both;
        lock (_gate)
        {
            _lost.Add(channel);
            both = --_connected == 0 || _lost.Count == 2;
            if (both) _lost.Clear();
        }

        Lost?.Invoke(both);
    }

    // Without control and stdin the kernel still runs code.
    private static bool IsWatched(KernelChannel channel) => channel is KernelChannel.Shell or KernelChannel.IOPub;
}
