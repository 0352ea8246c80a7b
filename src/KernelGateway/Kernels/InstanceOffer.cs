namespace KernelGateway.Kernels;

/// <summary>Gives the instance of a kernel that is ready to whoever waits for one, over deaths and restarts.</summary>
internal sealed class InstanceOffer
{
    private readonly Lock _gate = new();
    private TaskCompletionSource<KernelInstance> _ready = NewReady();
    private KernelInstance? _offered;

    /// <summary>Waits until there is an instance that is ready.</summary>
    /// <exception cref="KernelClosedException">The kernel is dead or shut down.</exception>
    public Task<KernelInstance> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _ready.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Gives the instance to all who wait and all who come, until it is over.</summary>
    public void Make(KernelInstance instance)
    {
        lock (_gate)
        {
            Renew();
            _offered = instance;
            instance.Closing = () => Withdraw(instance);
            _ready.TrySetResult(instance);
        }
    }

    /// <summary>Lets all who come from now on wait for the next instance.</summary>
    public void Withdraw()
    {
        lock (_gate) Renew();
    }

    /// <summary>Gives an instance again that was withdrawn, unless it is over.</summary>
    public void Restore(KernelInstance instance)
    {
        lock (_gate)
        {
            if (instance.Closed.IsCompleted || _offered is not null) return;
            Renew();
            _offered = instance;
            _ready.TrySetResult(instance);
        }
    }

    /// <summary>Tells all who wait and all who come that there is none, unless one is offered later.</summary>
    public void Refuse(KernelClosedException exception)
    {
        lock (_gate)
        {
            Renew();
            _ready.TrySetException(exception);

            // Nobody may be waiting; that is not an unobserved failure.
            _ = _ready.Task.Exception;
        }
    }

    /// <summary>Lets all who come wait while an instance is not to be used; called before its executions learn that it is over.</summary>
    public void Withdraw(KernelInstance instance)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_offered, instance)) return;
            _offered = null;
            Renew();
        }
    }

    // Who waits already goes on waiting.
    private void Renew()
    {
        if (_ready.Task.IsCompleted) _ready = NewReady();
    }

    private static TaskCompletionSource<KernelInstance> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
