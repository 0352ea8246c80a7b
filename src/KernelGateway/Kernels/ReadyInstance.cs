namespace KernelGateway.Kernels;

/// <summary>Holds the ready instance of a kernel for callers that wait for one, across deaths and restarts.</summary>
internal sealed class ReadyInstance
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<KernelInstance> _ready = NewReady();
    private KernelInstance? _published;

    /// <summary>Waits until there is an instance that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    public Task<KernelInstance> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _ready.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Returns whether an instance is the one that callers get at this moment.</summary>
    public bool IsPublished(KernelInstance instance)
    {
        lock (_gate) return ReferenceEquals(_published, instance);
    }

    /// <summary>Publishes an instance to present and future callers, until it ends.</summary>
    public void Publish(KernelInstance instance)
    {
        lock (_gate)
        {
            Reset();
            _published = instance;
            instance.Closing = () => Clear(instance);
            _ready.TrySetResult(instance);
        }
    }

    /// <summary>Makes callers from now on wait for the next instance.</summary>
    public void Clear()
    {
        lock (_gate) Reset();
    }

    /// <summary>Publishes a cleared instance again, unless it has ended.</summary>
    public void Republish(KernelInstance instance)
    {
        lock (_gate)
        {
            if (instance.Closed.IsCompleted || _published is not null) return;
            Reset();
            _published = instance;
            _ready.TrySetResult(instance);
        }
    }

    /// <summary>Fails present and future callers, until an instance is published.</summary>
    public void Fail(KernelClosedException exception)
    {
        lock (_gate)
        {
            Reset();
            _ready.TrySetException(exception);

            // Marks the exception as observed in case no caller waits.
            _ = _ready.Task.Exception;
        }
    }

    /// <summary>
    /// Makes callers wait while an instance must not be used. Called before its executions are notified of its end.
    /// </summary>
    public void Clear(KernelInstance instance)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_published, instance)) return;
            _published = null;
            Reset();
        }
    }

    // Callers that already wait keep waiting.
    private void Reset()
    {
        if (_ready.Task.IsCompleted) _ready = NewReady();
    }

    private static TaskCompletionSource<KernelInstance> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
