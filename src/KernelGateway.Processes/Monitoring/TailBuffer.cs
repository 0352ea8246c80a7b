using System.Text;

namespace KernelGateway.Processes.Monitoring;

/// <summary>Keeps the last bytes of a stream. One thread appends, any thread reads.</summary>
internal sealed class TailBuffer(int capacity) : IOutputSink
{
    private readonly Lock _lock = new();

    // Made by the first append: most processes that are watched for their last output never write a byte to their standard output.
    private byte[]? _ring;
    private int _next;
    private bool _isFull;

    public bool IsFull => false;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        lock (_lock)
        {
            _ring ??= new byte[capacity];
            if (bytes.Length > capacity)
            {
                bytes = bytes[^capacity..];
                _isFull = true;
            }

            var untilEnd = Math.Min(bytes.Length, capacity - _next);
            bytes[..untilEnd].CopyTo(_ring.AsSpan(_next));
            bytes[untilEnd..].CopyTo(_ring);
            _isFull |= _next + bytes.Length >= capacity;
            _next = (_next + bytes.Length) % capacity;
        }
    }

    public void Complete()
    {
    }

    /// <summary>The kept bytes as text, beginning with a whole character.</summary>
    public override string ToString()
    {
        lock (_lock)
        {
            if (_ring is null) return "";
            if (!_isFull) return Encoding.UTF8.GetString(_ring, 0, _next);

            var bytes = new byte[capacity];
            _ring.AsSpan(_next).CopyTo(bytes);
            _ring.AsSpan(0, _next).CopyTo(bytes.AsSpan(capacity - _next));
            var start = 0;
            while (start < 3 && (bytes[start] & 0xC0) == 0x80) start++;
            return Encoding.UTF8.GetString(bytes, start, capacity - start);
        }
    }
}
