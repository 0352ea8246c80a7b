namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Is what a decoder gives: a whole message, its fragments joined, or a control frame.</summary>
/// <param name="Opcode">What it is; never a continuation.</param>
/// <param name="Payload">The payload, unmasked; valid until the decoder is used again.</param>
internal readonly record struct WebSocketUnit(WebSocketOpcode Opcode, ReadOnlyMemory<byte> Payload);
