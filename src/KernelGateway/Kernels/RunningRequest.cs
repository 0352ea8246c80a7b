using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Tracks which request a kernel processes, by the messages that it publishes.</summary>
internal sealed class RunningRequest
{
    private volatile JupyterMessage? _busy;

    /// <summary>Gets the busy status of the code or comm message that the kernel processes; null while there is none.</summary>
    public JupyterMessage? Busy => _busy;

    /// <summary>Processes a message of the kernel.</summary>
    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (channel != KernelChannel.IOPub || message.MessageType != MessageTypes.Status) return;

        // A kernel works on one of these at a time: the one before has ended, though its idle may have been lost.
        if (IsWork(message.ParentMessageType) && message.IsStatus("\"busy\""u8)) _busy = message.Detach();
        else if (IsOfBusy(message) && message.IsStatus("\"idle\""u8)) _busy = null;
    }

    /// <summary>
    /// Returns whether a processed message is the idle status of another request. Clients that look at the newest status only
    /// would then show the kernel as idle. The other request arrived on control, or is one of the gateway.
    /// </summary>
    public bool IsIdleOfAnother(JupyterMessage message) =>
        _busy is not null && message.MessageType == MessageTypes.Status && !message.RawParentMessageId.IsEmpty
        && !IsOfBusy(message) && message.IsStatus("\"idle\""u8);

    /// <summary>Forgets the request: its process has ended.</summary>
    public void Clear() => _busy = null;

    private bool IsOfBusy(JupyterMessage message) =>
        _busy is { } busy && message.RawParentMessageId.Span.SequenceEqual(busy.RawParentMessageId.Span);

    // The requests that can take long on shell. The channel of a kernel_info_request cannot be seen.
    private static bool IsWork(string parentType) =>
        parentType is MessageTypes.ExecuteRequest or MessageTypes.CommOpen or MessageTypes.CommMessage or MessageTypes.CommClose;
}
