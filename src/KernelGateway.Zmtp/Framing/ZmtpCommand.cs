using System.Text;

namespace KernelGateway.Zmtp.Framing;

/// <summary>Reads and builds commands.</summary>
/// <remarks>37/ZMTP, Commands: body = | name length: 1 octet | name | data |. PING data = | ttl: 2 octets, tenths of a second | context |.</remarks>
internal static class ZmtpCommand
{
    public const int MaxContextBytes = 16;
    private const int PingDataBytes = 2;

    public static ReadOnlySpan<byte> Ready => "READY"u8;

    public static ReadOnlySpan<byte> Error => "ERROR"u8;

    public static ReadOnlySpan<byte> Ping => "PING"u8;

    public static ReadOnlySpan<byte> Pong => "PONG"u8;

    public static ReadOnlySpan<byte> Subscribe => "SUBSCRIBE"u8;

    public static ReadOnlySpan<byte> Cancel => "CANCEL"u8;

    /// <summary>Splits a command's body; false when its name does not fit into it.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> data)
    {
        name = data = default;
        if (body.IsEmpty || body[0] == 0 || body[0] > body.Length - 1) return false;
        name = body.Slice(1, body[0]);
        data = body[(1 + body[0])..];
        return true;
    }

    /// <summary>Builds the whole frame of a command.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var bodyBytes = 1 + name.Length + data.Length;
        var frame = new byte[(bodyBytes > byte.MaxValue ? FrameHeader.MaxBytes : 2) + bodyBytes];
        var at = FrameHeader.Write(frame, FrameFlags.Command, bodyBytes);
        frame[at++] = (byte)name.Length;
        name.CopyTo(frame.AsSpan(at));
        data.CopyTo(frame.AsSpan(at + name.Length));
        return frame;
    }

    /// <summary>Builds the frame that subscribes to a topic, or cancels it, in the form the peer's minor version knows.</summary>
    public static byte[] SubscriptionFrame(bool subscribe, ReadOnlySpan<byte> topic, byte peerMinor)
    {
        if (peerMinor >= 1) return Frame(subscribe ? Subscribe : Cancel, topic);

        // 23/ZMTP: a message of one frame, 01 or 00 and the topic.
        var bodyBytes = 1 + topic.Length;
        var frame = new byte[(bodyBytes > byte.MaxValue ? FrameHeader.MaxBytes : 2) + bodyBytes];
        var at = FrameHeader.Write(frame, 0, bodyBytes);
        frame[at++] = subscribe ? (byte)1 : (byte)0;
        topic.CopyTo(frame.AsSpan(at));
        return frame;
    }

    public static byte[] PingFrame(TimeSpan ttl)
    {
        // libzmq multiplies the tenths by 100 in 16 bits: 65.5 s is the most it understands.
        var tenths = (int)Math.Clamp(Math.Ceiling(ttl.TotalMilliseconds / 100), 0, 655);
        return Frame(Ping, [(byte)(tenths >> 8), (byte)tenths]);
    }

    /// <summary>Creates the answer to a PING, context included; false when the PING is malformed.</summary>
    public static bool TryAnswerPing(ReadOnlySpan<byte> data, out byte[] pong, out TimeSpan ttl)
    {
        pong = [];
        ttl = default;
        if (data.Length < PingDataBytes) return false;
        ttl = TimeSpan.FromMilliseconds(((data[0] << 8) | data[1]) * 100L);
        var context = data[PingDataBytes..];
        pong = Frame(Pong, context[..Math.Min(context.Length, MaxContextBytes)]);
        return true;
    }

    public static byte[] ErrorFrame(string reason)
    {
        var text = Encoding.ASCII.GetBytes(reason);
        return Frame(Error, [(byte)text.Length, .. text]);
    }

    /// <summary>Reads the reason out of an ERROR, for a message to people.</summary>
    public static string ErrorReason(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return string.Empty;
        return PeerText.Printable(data.Slice(1, Math.Min(data[0], data.Length - 1)));
    }
}
