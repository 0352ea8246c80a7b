namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Says what a frame is.</summary>
/// <remarks>RFC 6455, 5.2. The fourth bit marks control frames.</remarks>
internal enum WebSocketOpcode : byte
{
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xA,
}
