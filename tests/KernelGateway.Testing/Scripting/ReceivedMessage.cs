using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Testing.Scripting;

/// <summary>Is what reached a scripted kernel, a message or not.</summary>
/// <param name="Channel">The socket.</param>
/// <param name="Frames">The frames, routing ids first; copies.</param>
/// <param name="Message">The message; null when it is not valid.</param>
/// <param name="Reason">Why it is not valid.</param>
public sealed record ReceivedMessage(
    KernelChannel Channel, IReadOnlyList<ReadOnlyMemory<byte>> Frames, JupyterMessage? Message, MessageDropReason Reason);
