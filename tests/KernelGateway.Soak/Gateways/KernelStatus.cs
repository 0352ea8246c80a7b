namespace KernelGateway.Soak.Gateways;

/// <summary>The kernel of a context as the gateway reports it.</summary>
/// <param name="ProcessId">The process id; null while there is no process.</param>
/// <param name="IsDead">Whether the kernel died too often and is no longer restarted.</param>
internal sealed record KernelStatus(int? ProcessId, bool IsDead);
