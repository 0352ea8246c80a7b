using System.Text;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>Splits the bytes of a stream into lines without their ends.</summary>
internal sealed class LineSplitter
{
    // A longer line is sent in parts.
    private const int MaxLineBytes = 32 << 20;

    private readonly MemoryStream _rest = new();

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
        if (_rest.Length >= MaxLineBytes) yield return Take();
    }

    /// <summary>Returns the last line, which has no end; null when there is none.</summary>
    public string? Complete() => _rest.Length > 0 ? Take() : null;

    private string Take()
    {
        var bytes = _rest.GetBuffer().AsSpan(0, (int)_rest.Length);
        if (bytes is [.. var line, (byte)'\r']) bytes = line;
        var text = Encoding.UTF8.GetString(bytes);
        _rest.SetLength(0);
        if (_rest.Capacity > 1 << 16) _rest.Capacity = 0;
        return text;
    }
}
