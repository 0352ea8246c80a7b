using KernelGateway.Contexts;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary>The existing sessions, in the order of their creation. A session whose kernel is gone is removed.</summary>
/// <remarks>In memory only, as in Jupyter's servers: a client that restores its documents creates their sessions again.</remarks>
internal sealed class KernelSessions(Func<string, CodeContext?> findKernel)
{
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, KernelSession> _byId = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<(KernelSession Session, CodeContext Kernel)> List()
    {
        lock (_gate)
        {
            var alive = new List<(KernelSession, CodeContext)>(_byId.Count);
            foreach (var session in _byId.Values.ToArray())
            {
                if (KernelOf(session) is { } kernel) alive.Add((session, kernel));
            }

            return alive;
        }
    }

    public (KernelSession Session, CodeContext Kernel)? Find(string id)
    {
        lock (_gate) return _byId.TryGetValue(id, out var session) && KernelOf(session) is { } kernel ? (session, kernel) : null;
    }

    public (KernelSession Session, CodeContext Kernel)? FindByPath(string path)
    {
        foreach (var one in List())
        {
            if (one.Session.Path == path) return one;
        }

        return null;
    }

    public void Add(KernelSession session)
    {
        lock (_gate) _byId.Add(session.Id, session);
    }

    /// <summary>Changes a session; returns its old and its new values, or null when it does not exist any more.</summary>
    public (KernelSession Before, KernelSession After)? Change(string id, Func<KernelSession, KernelSession> change)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out var before)) return null;
            var after = change(before);
            _byId[id] = after;
            return (before, after);
        }
    }

    /// <summary>Removes a session, whether or not its kernel still exists; null when there is none.</summary>
    public KernelSession? Remove(string id)
    {
        lock (_gate) return _byId.Remove(id, out var session) ? session : null;
    }

    public bool HasKernel(string kernelId)
    {
        lock (_gate) return _byId.Values.Any(session => string.Equals(session.KernelId, kernelId, StringComparison.OrdinalIgnoreCase));
    }

    // Under the gate. Kernels are removed in several ways that do not notify this object: /contexts, culling, their own end.
    private CodeContext? KernelOf(KernelSession session)
    {
        if (findKernel(session.KernelId) is { } kernel) return kernel;
        _byId.Remove(session.Id);
        return null;
    }
}

/// <summary>Joins a document to the kernel that runs its code.</summary>
/// <param name="Id">Its id: a GUID, not the kernel's.</param>
/// <param name="Path">The document's path, or another name that the client uses for it.</param>
/// <param name="Name">The document's name; may be empty.</param>
/// <param name="Type">The kind of document: <c>notebook</c>, <c>console</c>, and so on.</param>
/// <param name="KernelId">The kernel.</param>
internal sealed record KernelSession(string Id, string Path, string Name, string Type, string KernelId);
