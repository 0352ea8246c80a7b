namespace KernelGateway.Soak.Gateways;

/// <summary>What a gateway says of the kernel of a context.</summary>
/// <param name="ProcessId">Its process; null while there is none.</param>
/// <param name="IsDead">Whether the kernel died too often and is not restarted any more.</param>
internal sealed record KernelStatus(int? ProcessId, bool IsDead);
