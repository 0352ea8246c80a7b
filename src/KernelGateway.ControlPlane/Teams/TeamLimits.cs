using System.Globalization;
using KernelGateway.ControlPlane.Storage;

namespace KernelGateway.ControlPlane.Teams;

/// <summary>Counts what the sandboxes of teams use, and refuses what is beyond a team's limits.</summary>
internal sealed class TeamLimits(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);   // Guarded by _gate.

    /// <summary>Counts a sandbox that is about to run; null when it is counted.</summary>
    /// <param name="team">Its team.</param>
    /// <param name="memoryBytes">Its memory.</param>
    /// <param name="isCreate">Whether it counts as a create, of which a team may have a number a second.</param>
    /// <returns>Why it is refused; null when it is not.</returns>
    public string? TryAdd(TeamRecord team, long memoryBytes, bool isCreate)
    {
        lock (_gate)
        {
            var use = UseOf(team.Id);
            if (team.MaxRunning > 0 && use.Running >= team.MaxRunning)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"you have reached the maximum number of concurrent E2B sandboxes ({team.MaxRunning}). Kill or pause a sandbox before creating another.");
            }

            if (team.MaxMemoryBytes > 0 && use.Memory + memoryBytes > team.MaxMemoryBytes)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"you have reached the maximum memory of concurrent sandboxes ({team.MaxMemoryBytes >> 20} MB). Kill or pause a sandbox before creating another.");
            }

            if (isCreate && team.MaxCreatesPerSecond > 0 && !use.TryTake(team.MaxCreatesPerSecond, time))
                return string.Create(CultureInfo.InvariantCulture, $"you have reached the maximum number of creates per second ({team.MaxCreatesPerSecond})");

            use.Running++;
            use.Memory += memoryBytes;
            return null;
        }
    }

    /// <summary>Counts a sandbox that runs already, whatever the limits say.</summary>
    public void Add(string teamId, long memoryBytes)
    {
        lock (_gate)
        {
            var use = UseOf(teamId);
            use.Running++;
            use.Memory += memoryBytes;
        }
    }

    /// <summary>Removes a sandbox that no longer runs.</summary>
    public void Remove(string teamId, long memoryBytes)
    {
        lock (_gate)
        {
            var use = UseOf(teamId);
            use.Running--;
            use.Memory -= memoryBytes;
        }
    }

    private Use UseOf(string teamId)
    {
        if (!_uses.TryGetValue(teamId, out var use)) _uses[teamId] = use = new Use();
        return use;
    }

    // The creates of the last second are a bucket that fills at the rate of the limit.
    private sealed class Use
    {
        private double _tokens = double.MaxValue;
        private long _filledAt;

        public int Running { get; set; }

        public long Memory { get; set; }

        public bool TryTake(int rate, TimeProvider time)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(rate, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * rate));
            _filledAt = now;
            if (_tokens < 1) return false;
            _tokens--;
            return true;
        }
    }
}
