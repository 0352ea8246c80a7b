using System.Buffers.Binary;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.FunctionalTests.Clients.Channels;

/// <summary>The two WebSocket protocols, implemented again so that the tests do not rely on the code under test.</summary>
internal sealed class ChannelWire
{
    /// <summary>JSON in text frames. Messages with buffers, which would be binary, do not occur in these tests.</summary>
    public static readonly ChannelWire Legacy = new(null);

    /// <summary><c>v1.kernel.websocket.jupyter.org</c>: a table of offsets, then the parts, in binary frames.</summary>
    public static readonly ChannelWire V1 = new("v1.kernel.websocket.jupyter.org");

    private ChannelWire(string? subprotocol) => Subprotocol = subprotocol;

    public string? Subprotocol { get; }

    public byte[] Write(string channel, JObject header, JObject parentHeader, JObject content)
    {
        if (Subprotocol is null)
        {
            var message = new JObject
            {
                ["channel"] = channel,
                ["header"] = header,
                ["parent_header"] = parentHeader,
                ["metadata"] = new JObject(),
                ["content"] = content,
                ["buffers"] = new JArray(),
            };
            return Encoding.UTF8.GetBytes(message.ToString(Formatting.None));
        }

        byte[][] parts =
        [
            Encoding.UTF8.GetBytes(channel),
            .. new[] { header, parentHeader, [], content }.Select(part => Encoding.UTF8.GetBytes(part.ToString(Formatting.None))),
        ];
        using var frame = new MemoryStream();
        using var writer = new BinaryWriter(frame);
        var offset = 8L * (parts.Length + 2);
        writer.Write((long)parts.Length + 1);
        foreach (var part in parts)
        {
            writer.Write(offset);
            offset += part.Length;
        }

        writer.Write(offset);
        foreach (var part in parts) writer.Write(part);
        return frame.ToArray();
    }

    public ChannelMessage Read(ReadOnlySpan<byte> frame)
    {
        if (Subprotocol is null)
        {
            var message = JObject.Parse(Encoding.UTF8.GetString(frame));
            return ChannelMessage.Create(
                (string)message["channel"]!, (JObject)message["header"]!, (JObject)message["parent_header"]!, (JObject)message["content"]!);
        }

        return ChannelMessage.Create(TextOf(frame, 0), ObjectOf(frame, 1), ObjectOf(frame, 2), ObjectOf(frame, 4));
    }

    private static JObject ObjectOf(ReadOnlySpan<byte> frame, int part) => JObject.Parse(TextOf(frame, part));

    private static string TextOf(ReadOnlySpan<byte> frame, int part) =>
        Encoding.UTF8.GetString(frame[OffsetOf(frame, part)..OffsetOf(frame, part + 1)]);

    private static int OffsetOf(ReadOnlySpan<byte> frame, int part) => (int)BinaryPrimitives.ReadInt64LittleEndian(frame[(8 * (part + 1))..]);
}
