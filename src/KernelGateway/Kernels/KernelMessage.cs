using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>A message and the channel it came on.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Message">The message, with its own memory.</param>
internal readonly record struct KernelMessage(KernelChannel Channel, JupyterMessage Message);
