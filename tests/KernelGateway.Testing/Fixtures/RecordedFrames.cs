using KernelGateway.Protocol;

namespace KernelGateway.Testing.Fixtures;

/// <summary>Is one multipart message of a recorded conversation.</summary>
/// <param name="Time">When it passed, since the kernel's process was started.</param>
/// <param name="IsSent">Whether the client sent it; else the kernel did.</param>
/// <param name="Channel">The socket it passed.</param>
/// <param name="Step">The step of the recording script.</param>
/// <param name="Frames">The frames as the client's socket saw them.</param>
public sealed record RecordedFrames(
    TimeSpan Time, bool IsSent, KernelChannel Channel, string Step, IReadOnlyList<ReadOnlyMemory<byte>> Frames)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Step} {(IsSent ? "->" : "<-")} {Channel} at {Time.TotalSeconds:0.000} s";
}
