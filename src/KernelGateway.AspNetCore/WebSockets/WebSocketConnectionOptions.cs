using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>The options of a WebSocket.</summary>
internal sealed record WebSocketConnectionOptions
{
    /// <summary>Gets the longest message a client may send.</summary>
    /// <value>Bytes, fragments joined. Default 10 MiB, as in Jupyter Server. A longer one closes the connection with 1009.</value>
    public int MaxMessageBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>Gets how long a client may take to answer the close frame before its connection is aborted.</summary>
    /// <value>Default 5 seconds.</value>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets the account that counts messages while they are received; null for none.</summary>
    /// <remarks>A message for which there is no memory closes the connection with 1009, like one that is too long.</remarks>
    public MemoryAccount? Memory { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets the callback for each read that has brought bytes. It must not block or throw; null for none.</summary>
    public Action? OnReceived { get; init; }

    /// <summary>Gets the callback for each pong; its argument is the payload of the ping that it answers.</summary>
    /// <remarks>
    /// A client answers a ping after it has read everything before it, so the pong of a ping that carries a position acknowledges
    /// that position (RFC 6455, 5.5.3). Unsolicited pongs are reported too. Called by the receiving task: it must not block or
    /// throw.
    /// </remarks>
    public Action<ReadOnlySpan<byte>>? OnPong { get; init; }
}
