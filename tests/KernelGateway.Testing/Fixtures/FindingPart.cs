using KernelGateway.Protocol;

namespace KernelGateway.Testing.Fixtures;

/// <summary>Is one part of a finding.</summary>
/// <param name="Channel">The socket it came on; null where the finding is not about one.</param>
/// <param name="MessageType">The type of the message of which this is the content; null for other findings.</param>
/// <param name="Bytes">The bytes.</param>
public sealed record FindingPart(KernelChannel? Channel, string? MessageType, ReadOnlyMemory<byte> Bytes);
