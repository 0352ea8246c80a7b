using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Testing.Scripting;

/// <summary>The frames that a scripted kernel received, and the message in them when they are valid.</summary>
/// <param name="Channel">The socket.</param>
/// <param name="Frames">Copies of the frames, routing ids first.</param>
/// <param name="Message">The message; null when the frames are not valid.</param>
/// <param name="Reason">Why the frames are not valid.</param>
public sealed record ReceivedMessage(
    KernelChannel Channel, IReadOnlyList<ReadOnlyMemory<byte>> Frames, JupyterMessage? Message, MessageDropReason Reason);
