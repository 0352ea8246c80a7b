using System.Threading.Tasks.Sources;

namespace KernelGateway.Zmtp.Queues;

/// <summary>An auto-resetting event that one loop waits for, without an allocation for each wait.</summary>
internal sealed class AsyncSignal : IValueTaskSource<bool>
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isSet;
    private bool _isWaiting;
    private bool _isCompleted;

    public void Set()
    {
        lock (_gate)
        {
            if (!_isWaiting)
            {
                _isSet = true;
                return;
            }

            _isWaiting = false;
        }

        _core.SetResult(true);
    }

    /// <summary>Ends the waiting for good.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            if (!_isWaiting) return;
            _isWaiting = false;
        }

        _core.SetResult(false);
    }

    /// <summary>Waits for the event; false once completed.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_gate)
        {
            if (_isCompleted) return new ValueTask<bool>(false);
            if (_isSet)
            {
                _isSet = false;
                return new ValueTask<bool>(true);
            }

            _isWaiting = true;
            _core.Reset();
            return new ValueTask<bool>(this, _core.Version);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
