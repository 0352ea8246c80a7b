using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>Tells when a kernel has first sent a message of a type.</summary>
internal sealed class MessageSignal(string messageType) : IKernelObserver
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Seen => _seen.Task;

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (message.MessageType == messageType) _seen.TrySetResult();
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
    }
}
