namespace KernelGateway.Telemetry;

/// <summary>The values that are read when metrics are collected, and at no other time.</summary>
internal sealed record GatewayReadings
{
    /// <summary>Gets the function that counts the contexts.</summary>
    public required Func<long> Contexts { get; init; }

    /// <summary>Gets the function that counts the kernels by the published name of their state.</summary>
    public required Func<IReadOnlyDictionary<string, long>> KernelsByState { get; init; }

    /// <summary>Gets the function that counts the waiting and running executions by the published name of their status.</summary>
    public required Func<IReadOnlyDictionary<string, long>> ExecutionsByStatus { get; init; }

    /// <summary>Gets the function that counts the WebSocket connections of Jupyter clients.</summary>
    public required Func<long> WebSocketConnections { get; init; }

    /// <summary>Gets the function that returns the bytes of the journals in memory.</summary>
    public required Func<long> JournalMemoryBytes { get; init; }

    /// <summary>Gets the function that returns the bytes of the journals on the disk.</summary>
    public required Func<long> JournalSpillBytes { get; init; }

    /// <summary>Gets what reads how many bytes of <see cref="KernelGatewayOptions.MaxMemory"/> are used.</summary>
    public required Func<long> MemoryBytes { get; init; }
}
