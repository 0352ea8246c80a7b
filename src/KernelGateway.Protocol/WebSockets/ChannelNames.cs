using KernelGateway.Protocol.Messages;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Knows the channels by the names they have in WebSocket frames.</summary>
internal static class ChannelNames
{
    private static readonly byte[] Shell = "shell"u8.ToArray();
    private static readonly byte[] Control = "control"u8.ToArray();
    private static readonly byte[] Stdin = "stdin"u8.ToArray();
    private static readonly byte[] IOPub = "iopub"u8.ToArray();

    /// <summary>Returns the name of a channel that is carried over WebSockets.</summary>
    public static ReadOnlySpan<byte> GetName(KernelChannel channel) => channel switch
    {
        KernelChannel.Shell => Shell,
        KernelChannel.Control => Control,
        KernelChannel.Stdin => Stdin,
        KernelChannel.IOPub => IOPub,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "No WebSocket carries this channel."),
    };

    /// <summary>Finds the channel a client sends on; gives the reason when it may not.</summary>
    public static WebSocketDropReason Find(ReadOnlySpan<byte> name, out KernelChannel channel)
    {
        channel = KernelChannel.Shell;
        if (name.SequenceEqual(Shell)) return WebSocketDropReason.None;
        channel = KernelChannel.Control;
        if (name.SequenceEqual(Control)) return WebSocketDropReason.None;
        channel = KernelChannel.Stdin;
        if (name.SequenceEqual(Stdin)) return WebSocketDropReason.None;
        channel = default;
        return name.SequenceEqual(IOPub) || name.SequenceEqual("hb"u8)
            ? WebSocketDropReason.ReadOnlyChannel
            : WebSocketDropReason.UnknownChannel;
    }

    /// <summary>Returns the channel for a message without one, which one of Jupyter Server's gateway clients sends.</summary>
    /// <remarks>
    /// The reference implementation sends all of them to shell, where an interrupt waits for the cell that it should interrupt.
    /// </remarks>
    public static KernelChannel ForType(string messageType) => messageType switch
    {
        MessageTypes.ShutdownRequest or MessageTypes.InterruptRequest or MessageTypes.DebugRequest => KernelChannel.Control,
        MessageTypes.InputReply => KernelChannel.Stdin,
        _ when messageType.EndsWith("_subshell_request", StringComparison.Ordinal) => KernelChannel.Control,
        _ => KernelChannel.Shell,
    };
}
