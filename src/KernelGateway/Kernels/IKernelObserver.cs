using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Sees all that a kernel sends and what becomes of it, across restarts.</summary>
public interface IKernelObserver
{
    /// <summary>Takes a message as it comes: those of every client's requests, but not the answers to the gateway's own questions.</summary>
    /// <param name="channel">The channel it came on.</param>
    /// <param name="message">The message; its bytes are valid during the call only, <see cref="JupyterMessage.Detach"/> keeps them.</param>
    /// <remarks>Called from the loop that reads the channel, so several channels call at once; it must neither wait nor throw.</remarks>
    void OnMessage(KernelChannel channel, JupyterMessage message);

    /// <summary>Learns of a change in the kernel's life, after it has happened.</summary>
    /// <param name="state">What it is now.</param>
    /// <param name="reason">Why, in a sentence for people; null when it was asked for.</param>
    void OnStateChanged(KernelState state, string? reason);
}
