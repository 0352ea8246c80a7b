using System.Net.WebSockets;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>The server's side of one WebSocket, as far as <see cref="ChannelConnection"/> uses it.</summary>
/// <remarks>
/// One task receives and one task sends, at the same time. Any thread may call <see cref="CloseOutputAsync"/> and
/// <see cref="Abort"/>. This interface is the only way from the channels to a WebSocket, so the implementation can be replaced
/// (docs/decisions/002-own-websocket.md).
/// </remarks>
internal interface IChannelSocket : IAsyncDisposable
{
    /// <summary>Gets a value indicating whether <see cref="WritePing"/> sends pings and their pongs are reported.</summary>
    /// <remarks>Without it messages are acknowledged by a client's <c>last_message_id</c> only.</remarks>
    bool ReportsPongs { get; }

    /// <summary>
    /// Gets the error for which the connection is closed when the client violated the protocol or a limit; else null.
    /// </summary>
    ChannelSocketError? Error { get; }

    /// <summary>
    /// Gets the number of bytes that flushes have written so far. While a flush waits and the number stays the same, nothing is
    /// read at the other end.
    /// </summary>
    long WrittenBytes { get; }

    /// <summary>Waits for the next message. Pongs are reported while it waits.</summary>
    /// <returns>The message, whose payload is valid until the next call; null at the end of the connection.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<ChannelSocketMessage?> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>Adds a message to the batch that the next flush sends.</summary>
    /// <param name="isText">Whether the message is text.</param>
    /// <param name="payloadBytes">The length of the payload.</param>
    /// <returns>A writer that expects exactly this number of bytes before the batch is used again. Spliced memory must not change
    /// before the flush ends.</returns>
    ISpliceWriter BeginMessage(bool isText, long payloadBytes);

    /// <summary>Adds a ping to the batch that carries the position of the last message before it.</summary>
    void WritePing(long position);

    /// <summary>Sends the batch. Waits while the client does not read.</summary>
    /// <returns>False when nothing can be sent any more.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the connection is aborted.</exception>
    ValueTask<bool> FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Sends a close frame and waits until the receiving task has read the client's. Aborts the connection when the client takes
    /// too long.
    /// </summary>
    /// <param name="status">The status.</param>
    /// <param name="reason">The reason, cut to 123 bytes.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that never fails.</returns>
    Task CloseOutputAsync(WebSocketCloseStatus status, string reason, CancellationToken cancellationToken);

    /// <summary>Ends the connection at once, without a close frame. Called on any thread, also after the disposal, when it does nothing.</summary>
    void Abort();
}

/// <summary>One whole message of a client.</summary>
/// <param name="IsText">Whether it was sent as text, which is valid UTF-8; else it is binary.</param>
/// <param name="Payload">The payload.</param>
internal readonly record struct ChannelSocketMessage(bool IsText, ReadOnlyMemory<byte> Payload);

/// <summary>A violation of the WebSocket protocol or of a limit by the client.</summary>
/// <param name="Status">The status of the close frame.</param>
/// <param name="Message">A description for the log.</param>
internal sealed record ChannelSocketError(WebSocketCloseStatus Status, string Message);
