using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;

namespace KernelGateway.AspNetCore.WebSockets;

/// <summary>Reads and writes close frames.</summary>
/// <remarks>RFC 6455, 5.5.1: nothing, or | status: 2 bytes, network order | reason: UTF-8, up to 123 bytes |.</remarks>
internal static class WebSocketCloseFrame
{
    private const int StatusBytes = 2;
    private const int MaxReasonBytes = WebSocketFrameHeader.MaxControlPayload - StatusBytes;

    /// <summary>Reads the payload of a peer's close frame; the status is null when the payload is empty.</summary>
    public static (WebSocketCloseStatus? Status, string Reason) Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty) return (null, "");
        if (payload.Length < StatusBytes) throw new WebSocketProtocolException(WebSocketCloseStatus.ProtocolError, "The close frame has one byte of a status.");
        var status = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!MayBeSent(status))
            throw new WebSocketProtocolException(WebSocketCloseStatus.ProtocolError, $"The close status {status} must not be sent.");
        var reason = payload[StatusBytes..];
        return Utf8.IsValid(reason)
            ? ((WebSocketCloseStatus)status, Encoding.UTF8.GetString(reason))
            : throw new WebSocketProtocolException(WebSocketCloseStatus.InvalidPayloadData, "The close reason is not valid UTF-8.");
    }

    /// <summary>Creates a close frame; a reason that is too long is cut between two characters.</summary>
    public static byte[] Make(WebSocketCloseStatus? status, string reason)
    {
        if (status is null) return WebSocketFrameHeader.Control(WebSocketOpcode.Close, []);
        Span<byte> payload = stackalloc byte[WebSocketFrameHeader.MaxControlPayload];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        Utf8.FromUtf16(reason, payload.Slice(StatusBytes, MaxReasonBytes), out _, out var written);
        return WebSocketFrameHeader.Control(WebSocketOpcode.Close, payload[..(StatusBytes + written)]);
    }

    // 7.4: the other values are reserved, or are only for the API of an endpoint.
    private static bool MayBeSent(int status) => status is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
