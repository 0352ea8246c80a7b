using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Wire;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages;

/// <summary>One Jupyter message: header, parent header, metadata, content and buffers.</summary>
/// <remarks>
/// A received message borrows its frames from its transport message and is valid as long as that one;
/// <see cref="Detach"/> makes it independent. Type and ids are read from the bytes; everything else is created on first access. A
/// message may be read by several threads at once.
/// </remarks>
public sealed class JupyterMessage
{
    private readonly HeaderScan _headerScan;
    private readonly HeaderScan _parentScan;
    private JupyterMessage? _detached;
    private string? _messageId;
    private string? _parentMessageId;
    private MessageHeader? _header;
    private MessageHeader? _parentHeader;
    private JObject? _content;
    private JObject? _metadata;

    private JupyterMessage(
        in MessageFrames frames, HeaderScan headerScan, HeaderScan parentScan, bool isDetached)
    {
        RawHeader = frames.Header;
        RawParentHeader = frames.ParentHeader;
        RawMetadata = frames.Metadata;
        RawContent = frames.Content;
        Buffers = frames.Buffers;
        _headerScan = headerScan;
        _parentScan = parentScan;
        if (isDetached) _detached = this;
    }

    /// <summary>Gets the message type; one and the same string for every message of a known type.</summary>
    public string MessageType => _headerScan.MessageType;

    /// <summary>Gets the id of this message; empty when the sender gave none.</summary>
    public string MessageId => _messageId ??= JsonText.Decode(_headerScan.RawMessageId.Span);

    /// <summary>Gets the id of the message this one answers or belongs to; null when it has no parent.</summary>
    public string? ParentMessageId =>
        _parentMessageId ??= RawParentMessageId.IsEmpty ? null : JsonText.Decode(RawParentMessageId.Span);

    /// <summary>Gets the type of the message this one answers or belongs to; empty when it has no parent.</summary>
    public string ParentMessageType => _parentScan.MessageType ?? "";

    /// <summary>
    /// Gets the bytes of the parent's id, between the quotes, for routing without a string; empty when there is none.
    /// </summary>
    public ReadOnlyMemory<byte> RawParentMessageId => _parentScan.RawMessageId;

    /// <summary>Gets the header.</summary>
    public MessageHeader Header => _header ??= MessageHeader.Read(RawHeader);

    /// <summary>Gets the header of the message this one answers or belongs to; null when the wire has an empty one.</summary>
    public MessageHeader? ParentHeader => _parentHeader ??= HasParent ? MessageHeader.Read(RawParentHeader) : null;

    /// <summary>Gets the header frame.</summary>
    public ReadOnlyMemory<byte> RawHeader { get; }

    /// <summary>Gets the parent header frame.</summary>
    public ReadOnlyMemory<byte> RawParentHeader { get; }

    /// <summary>Gets the metadata frame.</summary>
    public ReadOnlyMemory<byte> RawMetadata { get; }

    /// <summary>Gets the content frame.</summary>
    public ReadOnlyMemory<byte> RawContent { get; }

    /// <summary>Gets the raw frames after the content, in order; the signature does not cover them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Buffers { get; }

    /// <summary>Gets the content as an object model, created at the first call.</summary>
    /// <exception cref="MessageFormatException">The content is not JSON, or nested deeper than 512 levels.</exception>
    public JObject Content => _content ??= new RawJson(RawContent).AsObject();

    /// <summary>Gets the metadata as an object model, created at the first call.</summary>
    /// <exception cref="MessageFormatException">The metadata is not JSON, or nested deeper than 512 levels.</exception>
    public JObject Metadata => _metadata ??= new RawJson(RawMetadata).AsObject();

    /// <summary>Gets the bytes of the type, between the quotes.</summary>
    internal ReadOnlyMemory<byte> RawMessageType => _headerScan.RawMessageType;

    /// <summary>Gets the bytes of the id, between the quotes; empty when the sender gave none.</summary>
    internal ReadOnlyMemory<byte> RawMessageId => _headerScan.RawMessageId;

    private bool HasParent => RawParentHeader.Length > 2 && ContentReader.EnumerateProperties(RawParentHeader).MoveNext();

    /// <summary>Reads the content as a typed one, leniently. The result's MIME bundles borrow this message's memory.</summary>
    /// <typeparam name="T">The content type; it should be the one of <see cref="MessageType"/>.</typeparam>
    /// <returns>The typed content.</returns>
    /// <exception cref="MessageFormatException">The content is not JSON.</exception>
    public T ReadContent<T>()
        where T : IMessageContent<T> => T.Read(RawContent);

    /// <summary>Returns a message that owns its bytes.</summary>
    /// <returns>A copy in its own block, the same one for all callers; this message if it already owns its bytes.</returns>
    public JupyterMessage Detach()
    {
        if (_detached is { } detached) return detached;
        return _detached = CreateOwned(new MessageFrames(RawHeader, RawParentHeader, RawMetadata, RawContent, Buffers).Copy());
    }

    /// <summary>Makes a message to be sent.</summary>
    /// <typeparam name="T">The content's type.</typeparam>
    /// <param name="header">The header; usually from a <see cref="MessageFactory"/>.</param>
    /// <param name="parent">The header of the message this one answers, or null.</param>
    /// <param name="content">The content; serialised now.</param>
    /// <param name="metadata">The metadata, or null for none.</param>
    /// <param name="buffers">Frames to be sent behind the content; they must stay unchanged.</param>
    /// <returns>The message.</returns>
    public static JupyterMessage Create<T>(
        MessageHeader header, MessageHeader? parent, T content, JObject? metadata = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null)
        where T : IMessageContent<T>
    {
        ArgumentNullException.ThrowIfNull(content);
        var rawContent = JsonTokens.Serialize(content, static (writer, value) => value.Write(writer));
        return Create(header, parent, rawContent, metadata, buffers);
    }

    /// <summary>Makes a message to be sent from an object model.</summary>
    /// <param name="header">The header.</param>
    /// <param name="parent">The header of the message this one answers, or null.</param>
    /// <param name="content">The content; serialised now.</param>
    /// <param name="metadata">The metadata, or null for none.</param>
    /// <param name="buffers">Frames to be sent behind the content; they must stay unchanged.</param>
    /// <returns>The message.</returns>
    public static JupyterMessage Create(
        MessageHeader header, MessageHeader? parent, JObject content, JObject? metadata = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null) =>
        Create(header, parent, JsonTokens.Serialize(content), metadata, buffers);

    /// <summary>Makes a message to be sent from content that is already serialised.</summary>
    /// <param name="header">The header.</param>
    /// <param name="parent">The header of the message this one answers, or null.</param>
    /// <param name="rawContent">A JSON object in UTF-8, sent as it is; it must stay unchanged.</param>
    /// <param name="metadata">The metadata, or null for none.</param>
    /// <param name="buffers">Frames to be sent behind the content; they must stay unchanged.</param>
    /// <returns>The message.</returns>
    public static JupyterMessage Create(
        MessageHeader header, MessageHeader? parent, ReadOnlyMemory<byte> rawContent, JObject? metadata = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null) =>
        CreateWithRawParent(header, parent?.ToUtf8() ?? JsonTokens.EmptyObject, rawContent, metadata, buffers);

    /// <summary>Wraps four serialised parts, for instance from a WebSocket, without changing them.</summary>
    /// <param name="rawHeader">The header.</param>
    /// <param name="rawParentHeader">The parent header.</param>
    /// <param name="rawMetadata">The metadata; not examined.</param>
    /// <param name="rawContent">The content; not examined.</param>
    /// <param name="buffers">The frames behind the content.</param>
    /// <param name="message">The message, which borrows all of them; null on failure.</param>
    /// <param name="reason">The reason of the failure.</param>
    /// <returns>Whether header and parent header are JSON objects and the header has a type.</returns>
    public static bool TryCreateRaw(
        ReadOnlyMemory<byte> rawHeader, ReadOnlyMemory<byte> rawParentHeader, ReadOnlyMemory<byte> rawMetadata,
        ReadOnlyMemory<byte> rawContent, IReadOnlyList<ReadOnlyMemory<byte>> buffers,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JupyterMessage? message, out MessageDropReason reason)
    {
        ArgumentNullException.ThrowIfNull(buffers);
        message = null;
        reason = MessageDropReason.UnreadableHeader;
        if (!HeaderScan.TryScan(rawHeader, out var header)) return false;
        reason = MessageDropReason.MissingMessageType;
        if (header.MessageType.Length == 0) return false;
        reason = MessageDropReason.UnreadableParentHeader;
        if (!TryScanParent(rawParentHeader, out var parent)) return false;
        reason = MessageDropReason.None;
        var frames = new MessageFrames(rawHeader, rawParentHeader, rawMetadata, rawContent, buffers);
        message = new JupyterMessage(frames, header, parent, isDetached: false);
        return true;
    }

    /// <summary>Shows type and sizes, never content.</summary>
    /// <returns>A short description.</returns>
    public override string ToString() => $"{MessageType} {MessageId} ({RawContent.Length} bytes, {Buffers.Count} buffers)";

    /// <summary>
    /// Creates a message whose parent is given as its original bytes: a parent header is copied, never rewritten.
    /// </summary>
    internal static JupyterMessage CreateWithRawParent(
        MessageHeader header, ReadOnlyMemory<byte> rawParentHeader, ReadOnlyMemory<byte> rawContent, JObject? metadata,
        IReadOnlyList<ReadOnlyMemory<byte>>? buffers)
    {
        ArgumentNullException.ThrowIfNull(header);
        var rawMetadata = JsonTokens.Serialize(metadata);
        var frames = new MessageFrames(header.ToUtf8(), rawParentHeader, rawMetadata, rawContent, buffers ?? []);
        HeaderScan.TryScan(frames.Header, out var scan);
        TryScanParent(rawParentHeader, out var parent);
        return new JupyterMessage(frames, scan, parent, isDetached: true) { _header = header };
    }

    /// <summary>Creates a message of frames whose headers have been read before and whose bytes do not change.</summary>
    internal static JupyterMessage CreateOwned(in MessageFrames frames)
    {
        HeaderScan.TryScan(frames.Header, out var header);
        TryScanParent(frames.ParentHeader, out var parent);
        return new JupyterMessage(frames, header, parent, isDetached: true);
    }

    private static bool TryScanParent(ReadOnlyMemory<byte> rawParentHeader, out HeaderScan parent)
    {
        parent = default;
        var bytes = rawParentHeader.Span;
        // No parent: usually {}; an empty frame, [] or null from kernels whose language has no empty object.
        if (bytes.IsEmpty || bytes.SequenceEqual("{}"u8)) return true;
        if (bytes.SequenceEqual("[]"u8) || bytes.SequenceEqual("null"u8)) return true;
        return HeaderScan.TryScan(rawParentHeader, out parent);
    }
}
