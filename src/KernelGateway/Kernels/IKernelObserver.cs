using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Sees all that a kernel sends and what becomes of it, across restarts.</summary>
public interface IKernelObserver
{
    /// <summary>Takes a message as it comes: those of every client's requests, but not the answers to the gateway's own questions.</summary>
    /// <param name="channel">The channel it came on.</param>
    /// <param name="message">The message; its bytes are valid during the call only, <see cref="JupyterMessage.Detach"/> keeps them.</param>
    /// <remarks>
    /// The calls come one after another, from a thread of the pool, a little after what they tell of. Up to 1,024 messages or 8 MiB wait for
    /// an observer; beyond that the kernel's output is read no faster than the observer takes it, and an observer that does not take half of
    /// them within 20 seconds is removed. What it throws is logged and has no other consequence.
    /// </remarks>
    void OnMessage(KernelChannel channel, JupyterMessage message);

    /// <summary>Is notified of a change in the kernel's life, after it has happened.</summary>
    /// <param name="state">What it is now.</param>
    /// <param name="reason">Why, in a sentence for people; null when it was asked for.</param>
    void OnStateChanged(KernelState state, string? reason);
}
