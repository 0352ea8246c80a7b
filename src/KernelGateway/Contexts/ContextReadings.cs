using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Telemetry;

namespace KernelGateway.Contexts;

/// <summary>Counts contexts, kernels and executions when metrics are collected.</summary>
internal static class ContextReadings
{
    /// <summary>Says how the values are read.</summary>
    public static GatewayReadings Create(ContextTable contexts, PrespawnedKernels prespawned, JournalStore journals, MemoryAccount memory) => new()
    {
        Contexts = () => contexts.Count,
        KernelsByState = () => CountKernels(contexts, prespawned),
        ExecutionsByStatus = () => CountExecutions(contexts),
        WebSocketConnections = () => contexts.All.Sum(context => (long)context.Kernel.Activity.Connections),
        JournalMemoryBytes = () => journals.MemoryBytes,
        JournalSpillBytes = () => journals.Spill.UsedBytes,
        MemoryBytes = () => memory.UsedBytes,
    };

    private static Dictionary<string, long> CountKernels(ContextTable contexts, PrespawnedKernels prespawned)
    {
        // A state without kernels has the value 0. Without a value, a display would keep showing the last one.
        var counts = Enum.GetValues<KernelState>().Where(state => state != KernelState.ShutDown).ToDictionary(TelemetryNames.ToName, _ => 0L);
        var spares = prespawned.States;
        foreach (var state in contexts.All.Select(context => context.Kernel.State).Concat(spares))
        {
            if (counts.ContainsKey(TelemetryNames.ToName(state))) counts[TelemetryNames.ToName(state)]++;
        }

        // These have an id and are not in the lists yet. The lists are not read at the same moment.
        var (reserved, allSpares) = contexts.KernelCounts;
        counts[TelemetryNames.ToName(KernelState.Launching)] += reserved + Math.Max(0, allSpares - spares.Count);
        return counts;
    }

    private static Dictionary<string, long> CountExecutions(ContextTable contexts)
    {
        var all = contexts.All;
        return new Dictionary<string, long>
        {
            [TelemetryNames.ToName(ExecutionStatus.Queued)] = all.Sum(context => (long)context.QueuedExecutions),
            [TelemetryNames.ToName(ExecutionStatus.Running)] = all.Count(context => context.CurrentExecution is not null),
        };
    }
}
