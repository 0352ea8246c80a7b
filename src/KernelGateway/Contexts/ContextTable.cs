using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KernelGateway.Contexts;

/// <summary>The contexts there are, the ids of those that are being made, and how many there may be.</summary>
/// <remarks>
/// Kernels that are kept ready for contexts to come count, too, but never keep a context from being made: one of them makes room.
/// </remarks>
internal sealed class ContextTable(int limit)
{
    private readonly ConcurrentDictionary<string, CodeContext> _byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _reserved = new(StringComparer.OrdinalIgnoreCase);     // Guarded by _gate, as the two below.
    private readonly HashSet<string> _spares = new(StringComparer.OrdinalIgnoreCase);
    private readonly TaskCompletionSource _noneBeingMade = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
            lock (_gate) return (_reserved.Count, _spares.Count);
        }
    }

    public CodeContext? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Sets an id aside for a context that is about to be made.</summary>
    /// <returns>Whether a kernel that was kept ready has to make room.</returns>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ArgumentException">The id is taken.</exception>
    /// <exception cref="ObjectDisposedException">The gateway is stopping.</exception>
    public bool Reserve(string id)
    {
        lock (_gate)
        {
            if (_closed) ThrowClosed();
            if (_byId.Count + _reserved.Count >= limit) throw new ContextLimitException(limit);
            if (_byId.ContainsKey(id) || _spares.Contains(id) || !_reserved.Add(id))
            {
                throw new ArgumentException($"There is a context with the id {id} already.");
            }

            return _byId.Count + _reserved.Count + _spares.Count > limit;
        }
    }

    /// <summary>Gives back an id that was set aside.</summary>
    public void Release(string id)
    {
        lock (_gate)
        {
            _reserved.Remove(id);
            if (_closed && _reserved.Count == 0) _noneBeingMade.TrySetResult();
        }
    }

    /// <summary>Puts a context in the place of its reserved id; false when the gateway is stopping, and then the id stays reserved.</summary>
    public bool TryAdd(CodeContext context)
    {
        lock (_gate) return !_closed && _reserved.Remove(context.Id) && _byId.TryAdd(context.Id, context);
    }

    /// <summary>Takes a context out; null when there is none with that id.</summary>
    public CodeContext? Remove(string id)
    {
        lock (_gate) return _byId.TryRemove(id, out var context) ? context : null;
    }

    /// <summary>Counts a kernel that is to be kept ready; false when there is no room for it.</summary>
    public bool TryAddSpare(string id)
    {
        lock (_gate) return !_closed && _byId.Count + _reserved.Count + _spares.Count < limit && _spares.Add(id);
    }

    /// <summary>Does not count a kernel any longer that was kept ready.</summary>
    public void RemoveSpare(string id)
    {
        lock (_gate) _spares.Remove(id);
    }

    /// <summary>Makes the id of a kernel that was kept ready that of a context which is about to be made.</summary>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ObjectDisposedException">The gateway is stopping.</exception>
    public void ReserveSpare(string id)
    {
        lock (_gate)
        {
            if (_closed) ThrowClosed();
            if (_byId.Count + _reserved.Count >= limit) throw new ContextLimitException(limit);
            _spares.Remove(id);
            _reserved.Add(id);
        }
    }

    /// <summary>Refuses contexts from now on.</summary>
    /// <returns>A task that completes when no context is being made any more.</returns>
    public Task Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (_reserved.Count == 0) _noneBeingMade.TrySetResult();
            return _noneBeingMade.Task;
        }
    }

    // The gateway is what the caller disposed; it is above this namespace and cannot be named by its type.
    [DoesNotReturn]
    private static void ThrowClosed() => throw new ObjectDisposedException("KernelGateway.Gateway");
}
