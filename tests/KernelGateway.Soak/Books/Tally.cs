using System.Collections.Concurrent;

namespace KernelGateway.Soak.Books;

/// <summary>Counts the actions of the soak: kills, disconnects, interrupts, restarts and so on.</summary>
internal sealed class Tally
{
    public const string Kills = "kernels killed (kill -9)";
    public const string Deaths = "kernels ended by their own code";
    public const string Disconnects = "disconnects";
    public const string Interrupts = "interrupts";
    public const string Restarts = "restarts";
    public const string Removals = "contexts removed";
    public const string Creations = "contexts created";
    public const string Refusals = "submissions refused";
    public const string Redelivered = "WebSocket messages that came again";
    public const string SlowReaders = "slow readers";
    public const string AbsentReaders = "readers that stayed away for a while";
    public const string Rereads = "journals read again";
    public const string Abandoned = "requests abandoned before their answer";
    public const string ObserverFailures = "exceptions thrown by observers and callbacks";
    public const string LaunchFailures = "launches failed on purpose";

    private readonly ConcurrentDictionary<string, long> _counts = new();

    public void Add(string what) => _counts.AddOrUpdate(what, 1, (_, count) => count + 1);

    public long this[string what] => _counts.GetValueOrDefault(what);

    public IReadOnlyDictionary<string, long> All => _counts;
}
