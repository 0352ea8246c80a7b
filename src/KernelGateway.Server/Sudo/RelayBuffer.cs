using KernelGateway.Processes.Native;

namespace KernelGateway.Server.Sudo;

/// <summary>Bytes on their way from one descriptor to another; neither waits.</summary>
internal sealed class RelayBuffer
{
    private readonly byte[] _bytes = new byte[16 * 1024];
    private int _start;
    private int _end;

    public bool IsEmpty => _start == _end;

    /// <summary>Reads what there is into the empty buffer; false at the end.</summary>
    public bool TryRead(int descriptor)
    {
        var count = LibC.Read(descriptor, _bytes);
        _start = 0;
        _end = Math.Max(count, 0);
        return count != 0;
    }

    /// <summary>Writes what there is room for. Bytes that nobody can read any more are dropped.</summary>
    public void Write(int descriptor)
    {
        var count = LibC.Write(descriptor, _bytes.AsSpan(_start, _end - _start));
        if (count >= 0) _start += count;
        else if (count != LibC.NoRoom) Clear();
    }

    /// <summary>Takes a byte out wherever it is; false when it is not there.</summary>
    public bool Remove(byte value)
    {
        var index = _bytes.AsSpan(_start, _end - _start).IndexOf(value);
        if (index < 0) return false;
        _bytes.AsSpan((_start + index + 1).._end).CopyTo(_bytes.AsSpan(_start + index));
        _end--;
        return true;
    }

    public void Clear() => _start = _end = 0;
}
