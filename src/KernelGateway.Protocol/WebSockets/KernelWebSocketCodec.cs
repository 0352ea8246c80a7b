using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Protocol.WebSockets;

/// <summary>Turns messages into the payloads of WebSocket frames and back, splicing the bytes of their parts.</summary>
/// <remarks>
/// Header, parent header, metadata, content and buffers pass unchanged in both directions. The text around them is scanned or
/// written; no part is parsed and written again. Two exceptions, because clients fail on the originals: a parent header, metadata
/// or content that is
/// empty, <c>[]</c> or <c>null</c>, as kernels whose language has no empty object send it, becomes <c>{}</c>; and in the legacy
/// protocol, whose text must be UTF-8, each invalid sequence becomes U+FFFD. May be used by several threads at once.
/// </remarks>
public abstract class KernelWebSocketCodec
{
    /// <summary>The most buffers a client's message may have: each costs four times the offset it is announced with.</summary>
    private protected const int MaxBuffers = 10_000;

    private protected KernelWebSocketCodec()
    {
    }

    /// <summary>Gets the codec of <see cref="KernelWebSocketProtocol.V1"/>.</summary>
    public static KernelWebSocketCodec V1 { get; } = new V1Codec();

    /// <summary>Gets the codec for connections without a subprotocol.</summary>
    public static KernelWebSocketCodec Legacy { get; } = new LegacyCodec();

    /// <summary>Gets the name of the subprotocol; null for the legacy one.</summary>
    public abstract string? SubProtocol { get; }

    /// <summary>Returns the codec of a negotiated subprotocol.</summary>
    /// <param name="subProtocol">What <see cref="KernelWebSocketProtocol.Negotiate"/> gave.</param>
    /// <returns>The codec; the legacy one for null.</returns>
    public static KernelWebSocketCodec For(string? subProtocol) => subProtocol == KernelWebSocketProtocol.V1 ? V1 : Legacy;

    /// <summary>Returns whether a message is sent as text; otherwise it is binary.</summary>
    /// <param name="message">The message.</param>
    /// <returns>True for a legacy message without buffers: JupyterLab refuses one that comes in a binary frame.</returns>
    public abstract bool IsText(JupyterMessage message);

    /// <summary>Asks whether a client can read the frame that a message becomes.</summary>
    /// <param name="message">The message.</param>
    /// <returns>
    /// False in the legacy protocol when metadata or content is not JSON or is nested deeper than 512 levels: the frame is one JSON text with both
    /// of them in it, which its client could not parse. In the other protocol they are parts of their own, which a client reads by themselves.
    /// </returns>
    public virtual bool IsReadable(JupyterMessage message) => true;

    /// <summary>Measures the payload that <see cref="Encode"/> writes.</summary>
    /// <param name="channel">The channel the message belongs to.</param>
    /// <param name="message">The message.</param>
    /// <returns>The length in bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The channel is the heartbeat.</exception>
    public abstract long GetLength(KernelChannel channel, JupyterMessage message);

    /// <summary>Writes a message as one payload.</summary>
    /// <param name="channel">The channel the message belongs to.</param>
    /// <param name="message">The message.</param>
    /// <param name="output">
    /// Takes exactly as many bytes as <see cref="GetLength"/> says. An <see cref="ISpliceWriter"/> may keep parts by reference.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The channel is the heartbeat.</exception>
    /// <exception cref="ArgumentException">A legacy message with buffers has more than 4 GiB, which its offsets cannot
    /// express.</exception>
    public abstract void Encode(KernelChannel channel, JupyterMessage message, IBufferWriter<byte> output);

    /// <summary>Reads the payload of a frame that a client sent.</summary>
    /// <param name="frame">The payload; the message borrows it.</param>
    /// <param name="isText">Whether it came as text.</param>
    /// <param name="channel">The channel it is meant for: shell, control or stdin.</param>
    /// <param name="message">The message; null when it has to be dropped.</param>
    /// <param name="reason">Why it has to be dropped.</param>
    /// <returns>Whether the payload is a message that may be sent to a kernel.</returns>
    public abstract bool TryDecode(
        ReadOnlyMemory<byte> frame, bool isText, out KernelChannel channel, [NotNullWhen(true)] out JupyterMessage? message,
        out WebSocketDropReason reason);

    private protected static bool TryCreate(
        in MessageFrames parts, [NotNullWhen(true)] out JupyterMessage? message, out WebSocketDropReason reason)
    {
        var isMessage = JupyterMessage.TryCreateRaw(
            parts.Header, MessageParts.OrEmptyObject(parts.ParentHeader), MessageParts.OrEmptyObject(parts.Metadata),
            MessageParts.OrEmptyObject(parts.Content), parts.Buffers, out message, out var dropReason);
        reason = dropReason switch
        {
            MessageDropReason.None => WebSocketDropReason.None,
            MessageDropReason.MissingMessageType => WebSocketDropReason.MissingMessageType,
            MessageDropReason.UnreadableParentHeader => WebSocketDropReason.UnreadableParentHeader,
            _ => WebSocketDropReason.UnreadableHeader,
        };
        return isMessage;
    }
}
