using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Signals the first output of a kernel, from any request.</summary>
internal sealed class OutputSignal : IKernelObserver
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Seen => _seen.Task;

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (message.MessageType == MessageTypes.Stream) _seen.TrySetResult();
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
    }
}
