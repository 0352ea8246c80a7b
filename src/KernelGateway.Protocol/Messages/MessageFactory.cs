using System.Globalization;
using KernelGateway.Protocol.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages;

/// <summary>Creates the messages of one sender, with its session, its name, unique ids and the time.</summary>
/// <remarks>May be used by several threads at once.</remarks>
public sealed class MessageFactory
{
    /// <summary>
    /// The protocol version of this library. The features of a kernel are in its kernel info.
    /// </summary>
    public const string ProtocolVersion = "5.4";

    // Seven digits of a second are valid ISO 8601, and jupyter_client does not recognize them as a date. With six or fewer it
    // calls dateutil, which computes with decimal numbers in the context of the user's code: with a precision of one digit the
    // kernel would drop every request.
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    private readonly TimeProvider _timeProvider;
    private long _lastNumber;

    /// <summary>Creates messages for a given session.</summary>
    /// <param name="sessionId">The session id; a session must not be used by two factories, or ids repeat.</param>
    /// <param name="username">The name put into every header; may be empty.</param>
    /// <param name="timeProvider">Tells the date of the headers; the system's clock when null.</param>
    public MessageFactory(string sessionId, string username, TimeProvider? timeProvider = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        ArgumentNullException.ThrowIfNull(username);
        SessionId = sessionId;
        Username = username;
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Gets the session id.</summary>
    public string SessionId { get; }

    /// <summary>Gets the user's name.</summary>
    public string Username { get; }

    /// <summary>Starts a new session with a new id.</summary>
    /// <param name="username">The name put into every header; may be empty.</param>
    /// <param name="timeProvider">Tells the date of the headers; the system's clock when null.</param>
    /// <returns>The factory for that session.</returns>
    public static MessageFactory StartSession(string username = "kernel-gateway", TimeProvider? timeProvider = null) =>
        new(Guid.NewGuid().ToString("N"), username, timeProvider);

    /// <summary>Makes a header with a fresh id and the present date.</summary>
    /// <param name="messageType">The message type as on the wire.</param>
    /// <param name="subshellId">The subshell a request is meant for, or null.</param>
    /// <returns>The header.</returns>
    public MessageHeader CreateHeader(string messageType, string? subshellId = null) => new()
    {
        MessageId = string.Create(CultureInfo.InvariantCulture, $"{SessionId}_{Interlocked.Increment(ref _lastNumber)}"),
        SessionId = SessionId,
        Username = Username,
        Date = _timeProvider.GetUtcNow().UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture),
        MessageType = messageType,
        Version = ProtocolVersion,
        SubshellId = subshellId,
    };

    /// <summary>Makes a request, or any other message without a parent.</summary>
    /// <typeparam name="T">The content's type, which decides the message type.</typeparam>
    /// <param name="content">The content.</param>
    /// <param name="metadata">The metadata, or null for none.</param>
    /// <param name="buffers">Frames to be sent behind the content.</param>
    /// <param name="subshellId">The subshell it is meant for, or null.</param>
    /// <returns>The message.</returns>
    public JupyterMessage Create<T>(
        T content, JObject? metadata = null, IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null, string? subshellId = null)
        where T : IMessageContent<T> =>
        JupyterMessage.Create(CreateHeader(T.MessageType, subshellId), null, content, metadata, buffers);

    /// <summary>Makes a message of any type from raw content.</summary>
    /// <param name="messageType">The message type as on the wire.</param>
    /// <param name="rawContent">A JSON object in UTF-8, sent as it is.</param>
    /// <param name="parent">The message it answers or belongs to, or null; its header is copied byte for byte.</param>
    /// <param name="metadata">The metadata, or null for none.</param>
    /// <param name="buffers">Frames to be sent behind the content.</param>
    /// <returns>The message.</returns>
    public JupyterMessage Create(
        string messageType, ReadOnlyMemory<byte> rawContent, JupyterMessage? parent = null, JObject? metadata = null,
        IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null) =>
        JupyterMessage.CreateWithRawParent(CreateHeader(messageType), CopyHeader(parent), rawContent, metadata, buffers);

    /// <summary>Makes a message that answers or belongs to another one.</summary>
    /// <typeparam name="T">The content's type, which decides the message type.</typeparam>
    /// <param name="parent">The other message; its header is copied byte for byte.</param>
    /// <param name="content">The content.</param>
    /// <param name="metadata">The metadata, or null for none.</param>
    /// <param name="buffers">Frames to be sent behind the content.</param>
    /// <returns>The message.</returns>
    public JupyterMessage CreateReply<T>(
        JupyterMessage parent, T content, JObject? metadata = null, IReadOnlyList<ReadOnlyMemory<byte>>? buffers = null)
        where T : IMessageContent<T>
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(content);
        var rawContent = JsonTokens.Serialize(content, static (writer, value) => value.Write(writer));
        return JupyterMessage.CreateWithRawParent(CreateHeader(T.MessageType), CopyHeader(parent), rawContent, metadata, buffers);
    }

    // Copied, because the parent's own bytes may be borrowed from a transport message that ends before the answer is sent.
    private static ReadOnlyMemory<byte> CopyHeader(JupyterMessage? parent) =>
        parent?.RawHeader.ToArray() ?? JsonTokens.EmptyObject;
}
