using KernelGateway.Memory;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Channels.Sockets;

/// <summary>Accepts the WebSockets of the channels.</summary>
internal interface IChannelSocketFactory
{
    /// <summary>Checks the client's half of the handshake.</summary>
    /// <returns>Null when <see cref="AcceptAsync"/> may be called; else the answer to the request.</returns>
    WebSocketRefusal? Check(HttpContext context);

    /// <summary>Answers the handshake.</summary>
    /// <param name="context">A request that passed <see cref="Check"/>.</param>
    /// <param name="subProtocol">A subprotocol that the client offered, or null for none.</param>
    /// <param name="options">Limits and callbacks.</param>
    /// <returns>The socket. The caller disposes it before the request's delegate ends.</returns>
    Task<IChannelSocket> AcceptAsync(HttpContext context, string? subProtocol, ChannelSocketOptions options);
}

/// <summary>Limits and callbacks of an <see cref="IChannelSocket"/>.</summary>
internal sealed record ChannelSocketOptions
{
    /// <summary>
    /// Gets the longest message that a client may send, in bytes; a longer one closes the connection with 1009.
    /// </summary>
    public required int MaxMessageBytes { get; init; }

    /// <summary>Gets how long a client may take to answer the server's close frame before the connection is aborted.</summary>
    public required TimeSpan CloseTimeout { get; init; }

    /// <summary>Gets the clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Gets the account that counts messages while they are received.</summary>
    public required MemoryAccount Memory { get; init; }

    /// <summary>
    /// Gets the callback for each pong: the position in its payload, or null for a pong that answers no ping of the server.
    /// </summary>
    /// <remarks>Called by the receiving task. Must not block or throw.</remarks>
    public required Action<long?> OnPong { get; init; }
}
