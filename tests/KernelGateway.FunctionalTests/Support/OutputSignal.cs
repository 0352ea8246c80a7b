using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Tells when a kernel has first sent output, of whatever request, and those who wait for it have been given it.</summary>
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
