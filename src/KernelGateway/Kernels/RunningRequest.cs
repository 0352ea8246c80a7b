using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Kernels;

/// <summary>Knows which request a kernel works on, from what it publishes.</summary>
internal sealed class RunningRequest
{
    private volatile JupyterMessage? _busy;

    /// <summary>Gets the busy status of the code, or message of a comm, that the kernel works on; null while there is none.</summary>
    public JupyterMessage? Busy => _busy;

    /// <summary>Takes a message of the kernel's.</summary>
    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        if (channel != KernelChannel.IOPub || message.MessageType != MessageTypes.Status) return;

        // A kernel works on one of these at a time: the one before has ended, though its idle may have been lost.
        if (IsWork(message.ParentMessageType) && message.IsStatus("\"busy\""u8)) _busy = message.Detach();
        else if (IsOfBusy(message) && message.IsStatus("\"idle\""u8)) _busy = null;
    }

    /// <summary>
    /// Says whether a message, which has been taken, is the idle status of another request: clients that look at the newest status only take
    /// the kernel for idle then. The other request came on control, or is one of the gateway's own.
    /// </summary>
    public bool IsIdleOfAnother(JupyterMessage message) =>
        _busy is not null && message.MessageType == MessageTypes.Status && !message.RawParentMessageId.IsEmpty
        && !IsOfBusy(message) && message.IsStatus("\"idle\""u8);

    /// <summary>Forgets it: its process has gone.</summary>
    public void Clear() => _busy = null;

    private bool IsOfBusy(JupyterMessage message) =>
        _busy is { } busy && message.RawParentMessageId.Span.SequenceEqual(busy.RawParentMessageId.Span);

    // What can take long on shell. Whether a kernel_info_request came on shell or on control cannot be seen.
    private static bool IsWork(string parentType) =>
        parentType is MessageTypes.ExecuteRequest or MessageTypes.CommOpen or MessageTypes.CommMessage or MessageTypes.CommClose;
}
