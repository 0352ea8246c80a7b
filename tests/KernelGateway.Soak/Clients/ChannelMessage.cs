using System.Buffers.Binary;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Soak.Clients;

/// <summary>A message as a WebSocket client receives it, in either of Jupyter's protocols.</summary>
/// <param name="Id">The message id; empty when there is none.</param>
/// <param name="Type">The message type.</param>
/// <param name="ParentId">The id of the parent message, or null.</param>
/// <param name="Content">The content.</param>
internal sealed record ChannelMessage(string Id, string Type, string? ParentId, JObject Content)
{
    // v1.kernel.websocket.jupyter.org: | m | m offsets | channel | header | parent header | metadata | content | buffers |,
    // all integers unsigned, 64 bits, little-endian.
    private const int Integer = sizeof(ulong);

    public static ChannelMessage ParseV1(ReadOnlySpan<byte> frame) =>
        Create(ParsePart(frame, 1), ParsePart(frame, 2), ParsePart(frame, 4));

    public static ChannelMessage ParseLegacy(ReadOnlySpan<byte> frame)
    {
        var envelope = Parse(frame);
        return Create((JObject)envelope["header"]!, envelope["parent_header"] as JObject ?? [], (JObject)envelope["content"]!);
    }

    private static ChannelMessage Create(JObject header, JObject parentHeader, JObject content) =>
        new((string?)header["msg_id"] ?? "", (string)header["msg_type"]!, (string?)parentHeader["msg_id"], content);

    private static JObject ParsePart(ReadOnlySpan<byte> frame, int part) => Parse(frame[ReadOffset(frame, part)..ReadOffset(frame, part + 1)]);

    private static int ReadOffset(ReadOnlySpan<byte> frame, int number) =>
        (int)BinaryPrimitives.ReadUInt64LittleEndian(frame[(Integer * (number + 1))..]);

    // Dates stay strings, because nothing here reads them.
    private static JObject Parse(ReadOnlySpan<byte> utf8)
    {
        using var reader = new Newtonsoft.Json.JsonTextReader(new StringReader(System.Text.Encoding.UTF8.GetString(utf8)))
        {
            DateParseHandling = Newtonsoft.Json.DateParseHandling.None,
        };
        return JObject.Load(reader);
    }
}
