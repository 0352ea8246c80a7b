namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Which range of user ids of the host belongs to which sandbox.</summary>
/// <param name="ids">The ids of all sandboxes.</param>
/// <param name="isRootless">Whether the sandboxes have no ranges: they run as the user of the service.</param>
internal sealed class HostIdTable(HostIdRange ids, bool isRootless = false)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, uint> _ranges = new(StringComparer.Ordinal);       // Guarded by _lock, as the one below.
    private readonly HashSet<uint> _used = [];

    internal bool IsReserved(string id)
    {
        lock (_lock) return _ranges.ContainsKey(id);
    }

    /// <summary>Reserves a range for a new sandbox; returns its first id, zero without ranges.</summary>
    /// <exception cref="SandboxEngineException">The sandbox has one already, or none is free.</exception>
    internal uint Reserve(string id)
    {
        lock (_lock)
        {
            if (_ranges.ContainsKey(id))
                throw new SandboxEngineException(SandboxEngineError.AlreadyExists, $"The sandbox '{id}' exists.");
            if (isRootless && _ranges.Count < ids.Sandboxes) return _ranges[id] = 0;
            uint[] others = [.. _used.Where(used => !IsOwn(used))];
            for (var i = 0; i < ids.Sandboxes && !isRootless; i++)
            {
                var range = ids.First + (uint)i * SandboxMounts.RangeSize;
                if (others.Any(other => Overlap(other, range)) || !_used.Add(range)) continue;
                _ranges[id] = range;
                return range;
            }
        }

        throw SandboxEngineException.Failed($"There are {ids.Sandboxes} sandboxes, as many as there can be.");
    }

    /// <summary>Notes the range of a sandbox that was found again.</summary>
    internal void Take(string id, uint range)
    {
        lock (_lock)
        {
            _ranges[id] = range;
            _used.Add(range);
        }
    }

    internal void GiveBack(string id)
    {
        lock (_lock)
            if (_ranges.Remove(id, out var range)) _used.Remove(range);
    }

    // A sandbox that was found again can have a range of a former service, which had another first id.
    private bool IsOwn(uint range) => range >= ids.First && (range - ids.First) % SandboxMounts.RangeSize == 0;

    private static bool Overlap(uint one, uint other) => Math.Max(one, other) - Math.Min(one, other) < SandboxMounts.RangeSize;
}
