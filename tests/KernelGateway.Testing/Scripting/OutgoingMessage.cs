using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Testing.Scripting;

/// <summary>Is what a scripted kernel is about to send, for a test to tamper with.</summary>
/// <param name="Channel">The socket.</param>
/// <param name="Message">The message.</param>
/// <param name="Frames">Its frames as they will be sent: routing ids or topic, delimiter, signature, four parts, buffers.</param>
public sealed record OutgoingMessage(KernelChannel Channel, JupyterMessage Message, IReadOnlyList<ReadOnlyMemory<byte>> Frames);
