using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Sets up a WebSocket.</summary>
internal sealed record WebSocketConnectionOptions
{
    /// <summary>Gets the longest message a client may send.</summary>
    /// <value>Bytes, fragments joined. Default 10 MiB, as in Jupyter Server. A longer one closes the connection with 1009.</value>
    public int MaxMessageBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>Gets how long a client may take to answer our close frame before its connection is broken off.</summary>
    /// <value>Default 5 seconds.</value>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets what counts the memory of messages that are being received; null for nothing.</summary>
    /// <remarks>A message for which there is no room closes the connection with 1009, like one that is too long.</remarks>
    public MemoryAccount? Memory { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets what is told of each pong: the payload of the ping it answers.</summary>
    /// <remarks>
    /// A client answers a ping when it has taken everything that was sent before it, so a ping that carries a position is an
    /// acknowledgement of that position (RFC 6455, 5.5.3). Unsolicited pongs come here too. Called while a message is waited for: it
    /// has to be quick and must not throw.
    /// </remarks>
    public Action<ReadOnlySpan<byte>>? OnPong { get; init; }
}
