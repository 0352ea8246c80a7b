namespace KernelGateway;

/// <summary>The services that other packages have attached to a gateway; one of each type.</summary>
internal sealed class AttachedServices : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Type, IAsyncDisposable> _services = [];   // Guarded by _gate, as the one below.
    private bool _isDisposed;

    /// <summary>Finds the service of a type, or adds one.</summary>
    /// <param name="create">Creates it. It is called under the lock, so that it is called once.</param>
    /// <exception cref="ObjectDisposedException">The gateway is disposed.</exception>
    public T GetOrAdd<T>(Func<T> create)
        where T : class, IAsyncDisposable
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(Gateway));
            if (_services.TryGetValue(typeof(T), out var known)) return (T)known;
            var created = create();
            _services.Add(typeof(T), created);
            return created;
        }
    }

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable[] services;
        lock (_gate)
        {
            _isDisposed = true;
            services = [.. _services.Values];
        }

        foreach (var service in services) await service.DisposeAsync().ConfigureAwait(false);
    }
}
