using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Testing.Scripting;

/// <summary>A message that a scripted kernel is about to send, which a test can replace.</summary>
/// <param name="Channel">The socket.</param>
/// <param name="Message">The message.</param>
/// <param name="Frames">The frames to be sent: routing ids or topic, delimiter, signature, four parts, buffers.</param>
public sealed record OutgoingMessage(KernelChannel Channel, JupyterMessage Message, IReadOnlyList<ReadOnlyMemory<byte>> Frames);
