namespace KernelGateway.SandboxServices.Processes;

/// <summary>A stretch of the output of a process. Bytes are added at its end and never changed, so readers share them.</summary>
internal sealed class OutputSegment(long start, int maxBytes)
{
    private const int FirstBytes = 256;

    // A run is a stretch of one kind; they end where the next begins.
    private readonly List<(int End, ProcessOutputKind Kind)> _runs = [];
    private byte[] _bytes = [];
    private int _count;

    internal long Start { get; } = start;

    internal long End => Start + _count;

    internal bool IsFull => _count == maxBytes;

    /// <summary>Adds as much as fits; gives the number of bytes.</summary>
    internal int Append(ProcessOutputKind kind, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > maxBytes - _count) bytes = bytes[..(maxBytes - _count)];
        var count = _count + bytes.Length;
        if (count > _bytes.Length)
        {
            // Readers that have a part of the former array keep it.
            var grown = new byte[Math.Min(maxBytes, Math.Max(count, Math.Max(FirstBytes, _bytes.Length * 2)))];
            _bytes.AsSpan(0, _count).CopyTo(grown);
            _bytes = grown;
        }

        bytes.CopyTo(_bytes.AsSpan(_count));
        _count = count;
        if (_runs.Count > 0 && _runs[^1].Kind == kind) _runs[^1] = (count, kind);
        else _runs.Add((count, kind));
        return bytes.Length;
    }

    /// <summary>Gets the bytes of one kind from a position in this segment, at most until another position.</summary>
    internal ProcessOutput Read(long position, long limit)
    {
        var offset = (int)(position - Start);
        var run = FindRun(offset);
        var end = (int)Math.Min(run.End, limit - Start);
        return new ProcessOutput { Kind = run.Kind, Data = _bytes.AsMemory(offset, end - offset), Position = position };
    }

    private (int End, ProcessOutputKind Kind) FindRun(int offset)
    {
        var low = 0;
        var high = _runs.Count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_runs[middle].End > offset) high = middle;
            else low = middle + 1;
        }

        return _runs[low];
    }
}
