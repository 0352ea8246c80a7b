using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>Waits until a kernel has gone idle.</summary>
internal sealed class AwaitedIdle : IKernelObserver
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Seen => _seen.Task;

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (message.MessageType == MessageTypes.Status && message.RawContent.Field("execution_state"u8).Is("\"idle\""u8)) _seen.TrySetResult();
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
    }
}
