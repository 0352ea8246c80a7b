using KernelGateway.AspNetCore.WebSockets;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>Feeds a decoder and collects copies of the decoded messages.</summary>
internal static class Decoding
{
    /// <summary>Feeds pieces of the given length; the last one may be shorter.</summary>
    public static List<(WebSocketOpcode Opcode, byte[] Payload)> Decode(
        ReadOnlySpan<byte> bytes, int pieceBytes = int.MaxValue, int maxMessageBytes = 1 << 20)
    {
        using var decoder = new WebSocketDecoder(maxMessageBytes);
        var units = new List<(WebSocketOpcode, byte[])>();
        Decode(decoder, bytes, pieceBytes, (opcode, payload) => units.Add((opcode, payload)));
        return units;
    }

    public static void Decode(WebSocketDecoder decoder, ReadOnlySpan<byte> bytes, int pieceBytes, Action<WebSocketOpcode, byte[]> take)
    {
        while (!bytes.IsEmpty)
        {
            var memory = decoder.GetMemory().Span;
            if (memory.IsEmpty) throw new InvalidOperationException("The decoder accepts no more bytes.");
            var length = Math.Min(Math.Min(memory.Length, bytes.Length), pieceBytes);
            bytes[..length].CopyTo(memory);
            bytes = bytes[length..];
            decoder.Advance(length);
            while (decoder.TryRead(out var unit)) take(unit.Opcode, unit.Payload.ToArray());
        }
    }
}
