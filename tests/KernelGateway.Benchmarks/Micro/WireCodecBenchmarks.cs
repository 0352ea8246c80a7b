using System.Text;
using BenchmarkDotNet.Attributes;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;

namespace KernelGateway.Benchmarks.Micro;

/// <summary>Decodes a received message: finds the delimiter, verifies the signature, reads type and parent.</summary>
public class WireCodecBenchmarks
{
    private readonly WireCodec _codec = new(MessageSigner.Create("4a0fca6e5f1a4b0c8d9e7f6a5b4c3d2e"));
    private IReadOnlyList<ReadOnlyMemory<byte>> _frames = [];

    /// <summary>Gets or sets the length of the stream's text in bytes.</summary>
    [Params(16, 1 << 20)]
    public int TextBytes { get; set; }

    /// <summary>Signs a stream message with a request as its parent.</summary>
    [GlobalSetup]
    public void Sign()
    {
        var factory = MessageFactory.StartSession();
        var request = factory.Create("execute_request", "{}"u8.ToArray());
        var content = Encoding.UTF8.GetBytes($$"""{"name": "stdout", "text": "{{new string('x', TextBytes)}}"}""");
        _frames = _codec.Encode(factory.Create("stream", content, request), ["stream"u8.ToArray()]);
    }

    /// <summary>Verifies and reads the message.</summary>
    /// <returns>The id of the parent.</returns>
    [Benchmark]
    public string? Decode() => _codec.TryDecode(_frames, out var message, out _, out _) ? message.ParentMessageId : null;
}
