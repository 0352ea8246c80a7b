using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.WebSockets;

namespace KernelGateway.Benchmarks.Micro;

/// <summary>Encodes a message of a kernel as a WebSocket frame and decodes the frame of a client, in both protocols.</summary>
public class WebSocketCodecBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private JupyterMessage _message = null!;
    private byte[] _v1Request = [];
    private byte[] _legacyRequest = [];

    /// <summary>Gets or sets the message of the kernel: a line of text, or an image.</summary>
    [Params("stream 200", "display 64K")]
    public string Message { get; set; } = "stream 200";

    /// <summary>Creates the message, and a request for the other direction.</summary>
    [GlobalSetup]
    public void Make()
    {
        var factory = MessageFactory.StartSession();
        var request = factory.Create(MessageTypes.ExecuteRequest, Encoding.UTF8.GetBytes("""{"code": "print(1)", "silent": false}"""));
        _message = Message == "stream 200"
            ? factory.Create(MessageTypes.Stream, Encoding.UTF8.GetBytes($$"""{"name": "stdout", "text": "{{new string('x', 168)}}"}"""), request)
            : factory.Create(
                MessageTypes.DisplayData,
                Encoding.UTF8.GetBytes($$$"""{"data": {"image/png": "{{{new string('A', 64 * 1024)}}}"}, "metadata": {}, "transient": {}}"""),
                request);
        _v1Request = Encode(KernelWebSocketCodec.V1, KernelChannel.Shell, request).ToArray();
        _legacyRequest = Encode(KernelWebSocketCodec.Legacy, KernelChannel.Shell, request).ToArray();
    }

    /// <summary>Measures and writes a frame of the v1 protocol.</summary>
    /// <returns>The bytes written.</returns>
    [Benchmark(Baseline = true)]
    public int EncodeV1() => Encode(KernelWebSocketCodec.V1, KernelChannel.IOPub, _message).Length;

    /// <summary>Measures and writes a frame of the legacy protocol.</summary>
    /// <returns>The bytes written.</returns>
    [Benchmark]
    public int EncodeLegacy() => Encode(KernelWebSocketCodec.Legacy, KernelChannel.IOPub, _message).Length;

    /// <summary>Reads a request in the v1 protocol.</summary>
    /// <returns>Its type.</returns>
    [Benchmark]
    public string? DecodeV1() => Decode(KernelWebSocketCodec.V1, _v1Request, isText: false);

    /// <summary>Reads a request in the legacy protocol.</summary>
    /// <returns>Its type.</returns>
    [Benchmark]
    public string? DecodeLegacy() => Decode(KernelWebSocketCodec.Legacy, _legacyRequest, isText: true);

    private static string? Decode(KernelWebSocketCodec codec, byte[] frame, bool isText) =>
        codec.TryDecode(frame, isText, out _, out var message, out _) ? message.MessageType : null;

    private ReadOnlySpan<byte> Encode(KernelWebSocketCodec codec, KernelChannel channel, JupyterMessage message)
    {
        _output.ResetWrittenCount();
        if (codec.GetLength(channel, message) > _output.Capacity) throw new InvalidOperationException("The frame is too large.");
        codec.Encode(channel, message, _output);
        return _output.WrittenSpan;
    }
}
