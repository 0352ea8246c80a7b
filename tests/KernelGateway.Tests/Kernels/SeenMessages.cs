using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing;

namespace KernelGateway.Tests.Kernels;

/// <summary>An observer that keeps every message and state change.</summary>
internal sealed class SeenMessages : IKernelObserver
{
    public AwaitableLog<(KernelChannel Channel, JupyterMessage Message)> Messages { get; } = new();

    public AwaitableLog<(KernelState State, string? Reason)> States { get; } = new();

    /// <summary>Gets or sets an action that is called during each state change.</summary>
    public Action<KernelState>? Changing { get; set; }

    public void OnMessage(KernelChannel channel, JupyterMessage message) => Messages.Add((channel, message.Detach()));

    public void OnStateChanged(KernelState state, string? reason)
    {
        States.Add((state, reason));
        Changing?.Invoke(state);
    }

    /// <summary>Waits for the idle status of a request.</summary>
    public Task WaitForIdleAsync(string messageId, CancellationToken cancellationToken) =>
        Messages.WaitForAsync(
            seen => seen.Message.MessageType == MessageTypes.Status
                && seen.Message.ParentMessageId == messageId
                && (string?)seen.Message.Content["execution_state"] == "idle",
            1,
            cancellationToken);
}
