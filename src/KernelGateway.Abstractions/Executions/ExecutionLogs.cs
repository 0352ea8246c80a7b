namespace KernelGateway.Executions;

/// <summary>What an execution wrote, in chunks as the kernel sent them.</summary>
/// <param name="Stdout">Chunks of standard output.</param>
/// <param name="Stderr">Chunks of standard error.</param>
public sealed record ExecutionLogs(IReadOnlyList<string> Stdout, IReadOnlyList<string> Stderr);
