using System.Buffers;
using System.Text;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>Splits the bytes of a stream into lines without their ends.</summary>
internal sealed class LineSplitter
{
    // A longer line is sent in parts.
    private const int MaxLineBytes = 32 << 20;

    // The memory of a long line is given back.
    private const int LargestKept = 64 << 10;

    private ArrayBufferWriter<byte> _rest = new();

    /// <summary>Adds bytes and returns the lines that are complete now.</summary>
    public IEnumerable<string> Add(ReadOnlyMemory<byte> data)
    {
        while (data.Span.IndexOf((byte)'\n') is var end and >= 0)
        {
            _rest.Write(data.Span[..end]);
            data = data[(end + 1)..];
            yield return Take();
        }

        _rest.Write(data.Span);
        if (_rest.WrittenCount >= MaxLineBytes) yield return Take();
    }

    /// <summary>Returns the last line, which has no end; null when there is none.</summary>
    public string? Complete() => _rest.WrittenCount > 0 ? Take() : null;

    private string Take()
    {
        var bytes = _rest.WrittenSpan;
        if (bytes is [.. var line, (byte)'\r']) bytes = line;
        var text = Encoding.UTF8.GetString(bytes);
        if (_rest.Capacity > LargestKept) _rest = new ArrayBufferWriter<byte>();
        else _rest.ResetWrittenCount();
        return text;
    }
}
