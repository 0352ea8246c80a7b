using System.Buffers.Binary;
using System.Text;

namespace KernelGateway.Zmtp.Handshake;

/// <summary>The metadata that a peer sends in READY.</summary>
/// <remarks>
/// 37/ZMTP, NULL: property = | name length: 1 | name | value length: 4 | value |. The case of names is ignored, that of values is
/// not.
/// </remarks>
internal sealed record ZmtpMetadata(string SocketType, byte[] RoutingId)
{
    public const int MaxRoutingIdBytes = 255;

    private const string SocketTypeName = "Socket-Type";
    private const string RoutingIdName = "Identity";

    public static byte[] Encode(ZmtpSocketType type, ReadOnlyMemory<byte> routingId)
    {
        var socketType = Encoding.ASCII.GetBytes(type.WireName());
        var data = new List<byte>(64);
        Append(data, SocketTypeName, socketType);
        if (type.AnnouncesRoutingId()) Append(data, RoutingIdName, routingId.Span);
        return [.. data];
    }

    public static ZmtpMetadata Decode(ReadOnlySpan<byte> data)
    {
        string? socketType = null;
        byte[] routingId = [];
        while (!data.IsEmpty)
        {
            var nameBytes = data[0];
            if (nameBytes == 0 || data.Length < 1 + nameBytes + 4) throw new ZmtpProtocolException("A property of READY is cut off.");
            var name = PeerText.Printable(data.Slice(1, nameBytes));
            data = data[(1 + nameBytes)..];
            var valueBytes = BinaryPrimitives.ReadUInt32BigEndian(data);
            data = data[4..];
            if (valueBytes > data.Length) throw new ZmtpProtocolException($"The value of property {name} is cut off.");
            var value = data[..(int)valueBytes];
            data = data[(int)valueBytes..];

            if (name.Equals(SocketTypeName, StringComparison.OrdinalIgnoreCase)) socketType = PeerText.Printable(value);
            else if (name.Equals(RoutingIdName, StringComparison.OrdinalIgnoreCase)) routingId = CheckRoutingId(value);
        }

        return new ZmtpMetadata(socketType ?? throw new ZmtpProtocolException("READY has no Socket-Type."), routingId);
    }

    public static byte[] CheckRoutingId(ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxRoutingIdBytes) throw new ZmtpProtocolException($"Routing id of {value.Length} bytes; the limit is {MaxRoutingIdBytes}.");
        if (value.Length > 0 && value[0] == 0) throw new ZmtpProtocolException("The routing id begins with a zero byte, which is reserved.");
        return value.ToArray();
    }

    private static void Append(List<byte> data, string name, ReadOnlySpan<byte> value)
    {
        data.Add((byte)name.Length);
        data.AddRange(Encoding.ASCII.GetBytes(name));
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        data.AddRange(length);
        data.AddRange(value);
    }
}
