using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KernelGateway.Contexts;

/// <summary>The contexts, the ids reserved for contexts that are being created, and the limit of both.</summary>
/// <remarks>
/// Prespawned kernels count too, but do not prevent the creation of a context: one of them is ended to make room.
/// </remarks>
internal sealed class ContextTable(int limit)
{
    private readonly ConcurrentDictionary<string, CodeContext> _byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _reserved = new(StringComparer.OrdinalIgnoreCase);     // Guarded by _gate, as the two below.
    private readonly HashSet<string> _prespawned = new(StringComparer.OrdinalIgnoreCase);
    private readonly TaskCompletionSource _noneReserved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;

    /// <summary>Gets all contexts, in the order in which they were created.</summary>
    public IReadOnlyList<CodeContext> All => [.. _byId.Values.OrderBy(context => context.Number)];

    /// <summary>Gets how many contexts there are.</summary>
    public int Count => _byId.Count;

    /// <summary>Gets how many kernels are being started for contexts, and how many are kept ready or are being started for that.</summary>
    public (int Reserved, int Spares) KernelCounts
    {
        get
        {
            lock (_gate) return (_reserved.Count, _prespawned.Count);
        }
    }

    public CodeContext? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Reserves an id for a context that is about to be created.</summary>
    /// <returns>Whether a prespawned kernel has to make room.</returns>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ArgumentException">The id is taken.</exception>
    /// <exception cref="ObjectDisposedException">The gateway is stopping.</exception>
    public bool Reserve(string id)
    {
        lock (_gate)
        {
            if (_closed) ThrowClosed();
            if (_byId.Count + _reserved.Count >= limit) throw new ContextLimitException(limit);
            if (_byId.ContainsKey(id) || _prespawned.Contains(id) || !_reserved.Add(id))
            {
                throw new ArgumentException($"There is a context with the id {id} already.");
            }

            return _byId.Count + _reserved.Count + _prespawned.Count > limit;
        }
    }

    /// <summary>Releases a reserved id.</summary>
    public void Release(string id)
    {
        lock (_gate)
        {
            _reserved.Remove(id);
            if (_closed && _reserved.Count == 0) _noneReserved.TrySetResult();
        }
    }

    /// <summary>Puts a context in the place of its reserved id; false when the gateway is stopping, and then the id stays reserved.</summary>
    public bool TryAdd(CodeContext context)
    {
        lock (_gate) return !_closed && _reserved.Remove(context.Id) && _byId.TryAdd(context.Id, context);
    }

    /// <summary>Removes a context; returns null when there is none with that id.</summary>
    public CodeContext? Remove(string id)
    {
        lock (_gate) return _byId.TryRemove(id, out var context) ? context : null;
    }

    /// <summary>Counts a kernel that is about to be prespawned; false when there is no room for it.</summary>
    public bool TryAddPrespawned(string id)
    {
        lock (_gate) return !_closed && _byId.Count + _reserved.Count + _prespawned.Count < limit && _prespawned.Add(id);
    }

    /// <summary>Stops counting a prespawned kernel.</summary>
    public void RemovePrespawned(string id)
    {
        lock (_gate) _prespawned.Remove(id);
    }

    /// <summary>Reserves the id of a prespawned kernel for a context that is about to be created.</summary>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ObjectDisposedException">The gateway is stopping.</exception>
    public void ReservePrespawned(string id)
    {
        lock (_gate)
        {
            if (_closed) ThrowClosed();
            if (_byId.Count + _reserved.Count >= limit) throw new ContextLimitException(limit);
            _prespawned.Remove(id);
            _reserved.Add(id);
        }
    }

    /// <summary>Refuses contexts from now on.</summary>
    /// <returns>A task that completes when no context is being created any more.</returns>
    public Task Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (_reserved.Count == 0) _noneReserved.TrySetResult();
            return _noneReserved.Task;
        }
    }

    // The gateway is what the caller disposed; it is above this namespace and cannot be named by its type.
    [DoesNotReturn]
    private static void ThrowClosed() => throw new ObjectDisposedException("KernelGateway.Gateway");
}
