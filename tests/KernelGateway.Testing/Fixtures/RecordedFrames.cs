using KernelGateway.Protocol;

namespace KernelGateway.Testing.Fixtures;

/// <summary>One multipart message of a recorded conversation.</summary>
/// <param name="Time">The time of the message since the start of the kernel process.</param>
/// <param name="IsSent">True when the client sent it, false when the kernel did.</param>
/// <param name="Channel">The channel of the message.</param>
/// <param name="Step">The step of the recording script.</param>
/// <param name="Frames">The frames as the socket of the client sent or received them.</param>
public sealed record RecordedFrames(
    TimeSpan Time, bool IsSent, KernelChannel Channel, string Step, IReadOnlyList<ReadOnlyMemory<byte>> Frames)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Step} {(IsSent ? "->" : "<-")} {Channel} at {Time.TotalSeconds:0.000} s";
}
