using KernelGateway.Protocol;

namespace KernelGateway.Testing.Fixtures;

/// <summary>One part of a finding.</summary>
/// <param name="Channel">The channel on which it arrived; null for a finding that has no channels.</param>
/// <param name="MessageType">The type of the message that has these bytes as its content; null for other findings.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record FindingPart(KernelChannel? Channel, string? MessageType, ReadOnlyMemory<byte> Bytes);
