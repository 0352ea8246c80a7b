using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Tests.Support;

/// <summary>Signals the first message of a kernel that matches.</summary>
internal sealed class MessageSignal(Func<JupyterMessage, bool> isWanted) : IKernelObserver
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MessageSignal(string messageType)
        : this(message => message.MessageType == messageType)
    {
    }

    public Task Seen => _seen.Task;

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (isWanted(message)) _seen.TrySetResult();
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
    }
}
