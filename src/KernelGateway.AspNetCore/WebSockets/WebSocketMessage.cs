namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Is one whole message of a client.</summary>
/// <param name="IsText">Whether it came as text, which then is UTF-8; else it is binary.</param>
/// <param name="Payload">Its payload; valid until the next message is asked for.</param>
internal readonly record struct WebSocketMessage(bool IsText, ReadOnlyMemory<byte> Payload);
