using BenchmarkDotNet.Attributes;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Framing;

namespace KernelGateway.Benchmarks.Micro;

/// <summary>Decodes received bytes into messages of seven frames, as a connection does, and disposes them.</summary>
public class FrameDecoderBenchmarks
{
    private const int Messages = 16;
    private const int Frames = 7;

    private readonly ZmtpDecoder _decoder = new(ZmtpLimits.From(new ZmtpSocketOptions())) { AcceptsMessages = true };
    private byte[] _bytes = [];

    /// <summary>Gets or sets the length of a frame in bytes.</summary>
    [Params(200, 64 * 1024)]
    public int FrameBytes { get; set; }

    /// <summary>Encodes the messages as they arrive on a connection.</summary>
    [GlobalSetup]
    public void Encode()
    {
        _bytes = new byte[Messages * Frames * (FrameHeader.MaxBytes + FrameBytes)];
        var used = 0;
        for (var i = 0; i < Messages * Frames; i++)
        {
            var isLast = i % Frames == Frames - 1;
            used += FrameHeader.Write(_bytes.AsSpan(used), isLast ? (byte)0 : FrameFlags.More, FrameBytes) + FrameBytes;
        }

        Array.Resize(ref _bytes, used);
    }

    /// <summary>Passes the bytes to the decoder as a socket does, as many as fit into its buffer.</summary>
    /// <returns>The messages.</returns>
    [Benchmark(OperationsPerInvoke = Messages)]
    public int Decode()
    {
        var messages = 0;
        ReadOnlySpan<byte> rest = _bytes;
        while (!rest.IsEmpty)
        {
            var room = _decoder.GetMemory().Span;
            var bytes = Math.Min(room.Length, rest.Length);
            rest[..bytes].CopyTo(room);
            rest = rest[bytes..];
            _decoder.Advance(bytes);
            while (_decoder.TryRead(out var unit))
            {
                unit.Message!.Dispose();
                messages++;
            }
        }

        return messages;
    }
}
