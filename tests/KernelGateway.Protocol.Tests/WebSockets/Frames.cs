using System.Buffers;
using System.Text;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.Protocol.Tests.WebSockets;

/// <summary>Creates messages and frames from text.</summary>
internal static class Frames
{
    public const string Header = """{"msg_id":"m1","msg_type":"execute_request","session":"s","username":"u","date":"d","version":"5.3"}""";

    public static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(this ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static JupyterMessage Message(
        string header = Header, string parent = "{}", string metadata = "{}", string content = "{}", params byte[][] buffers) =>
        Message(Utf8(header), Utf8(parent), Utf8(metadata), Utf8(content), buffers);

    public static JupyterMessage Message(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> parent, ReadOnlyMemory<byte> metadata, ReadOnlyMemory<byte> content,
        params byte[][] buffers) =>
        JupyterMessage.TryCreateRaw(
            header, parent, metadata, content, [.. buffers.Select(buffer => (ReadOnlyMemory<byte>)buffer)], out var message, out var reason)
            ? message
            : throw new ArgumentException($"{reason}");

    /// <summary>Encodes a message and checks the announced length.</summary>
    public static byte[] Encode(this KernelWebSocketCodec codec, KernelChannel channel, JupyterMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(channel, message, output);
        var announced = codec.GetLength(channel, message);
        return announced == output.WrittenCount
            ? output.WrittenSpan.ToArray()
            : throw new InvalidOperationException($"{output.WrittenCount} bytes were written and {announced} announced.");
    }

    public static WebSocketDropReason Drop(this KernelWebSocketCodec codec, ReadOnlyMemory<byte> frame, bool isText = false) =>
        codec.TryDecode(frame, isText, out _, out var message, out var reason) || message is not null
            ? throw new InvalidOperationException($"Accepted as {message}.")
            : reason;

    /// <summary>Returns the parts in order, for comparison.</summary>
    public static string[] Parts(this JupyterMessage message) =>
    [
        .. new[] { message.RawHeader, message.RawParentHeader, message.RawMetadata, message.RawContent }.Select(Text),
        .. message.Buffers.Select(buffer => Convert.ToHexString(buffer.Span)),
    ];
}
