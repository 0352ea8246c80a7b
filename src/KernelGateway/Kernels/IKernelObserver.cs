using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Sees all messages and states of a kernel, across restarts.</summary>
public interface IKernelObserver
{
    /// <summary>
    /// Is called with each message: those for requests of every client, but not the answers to the gateway's own requests.
    /// </summary>
    /// <param name="channel">The channel of the message.</param>
    /// <param name="message">The message; its bytes are valid during the call only, <see cref="JupyterMessage.Detach"/> keeps them.</param>
    /// <remarks>
    /// The calls come one after another, from a thread of the pool, a little after what they tell of. Up to 1,024 messages or 8 MiB wait for
    /// an observer; beyond that the kernel's output is read no faster than the observer takes it, and an observer that does not take half of
    /// them within 20 seconds is removed. A message that does not fit into <see cref="KernelGatewayOptions.MaxMemory"/> is dropped for this
    /// observer; a warning states the number. What it throws is logged and has no other consequence.
    /// </remarks>
    void OnMessage(KernelChannel channel, JupyterMessage message);

    /// <summary>Is notified of a change of the kernel's state, after it has happened.</summary>
    /// <param name="state">The new state.</param>
    /// <param name="reason">The reason as a sentence; null when the change was requested.</param>
    void OnStateChanged(KernelState state, string? reason);
}
