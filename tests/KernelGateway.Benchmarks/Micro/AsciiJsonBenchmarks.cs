using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Benchmarks.Micro;

/// <summary>Copies a JSON string of one mebibyte as ASCII: plain text, and text in another script.</summary>
public class AsciiJsonBenchmarks
{
    private const int TextBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _output = new(8 * TextBytes);
    private readonly byte[] _ascii = Encoding.UTF8.GetBytes('"' + new string('x', TextBytes) + '"');
    private readonly byte[] _cyrillic = Encoding.UTF8.GetBytes('"' + new string('ж', TextBytes / 2) + '"');

    /// <summary>Copies text that is already ASCII.</summary>
    /// <returns>The bytes written.</returns>
    [Benchmark(Baseline = true)]
    public int Ascii() => Write(_ascii);

    /// <summary>Escapes every character.</summary>
    /// <returns>The bytes written.</returns>
    [Benchmark]
    public int Cyrillic() => Write(_cyrillic);

    private int Write(byte[] json)
    {
        _output.ResetWrittenCount();
        AsciiJson.Write(_output, json);
        return _output.WrittenCount;
    }
}
