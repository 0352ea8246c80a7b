using System.Buffers;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>The bytes of one message. It grows as they come, so that an announced length alone costs nothing.</summary>
internal sealed class MessageBuffer(BodyMemory memory) : IDisposable
{
    private const int FirstBlock = 16 * 1024;

    // Larger arrays are not pooled, so that they are garbage collected.
    private const int LargestPooled = 1 << 20;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Reads until so many bytes are there, or the stream ends.</summary>
    /// <exception cref="BodyMemoryException">The gateway's memory limit is reached.</exception>
    public async ValueTask FillAsync(Stream source, int wanted, CancellationToken cancellationToken)
    {
        while (_length < wanted)
        {
            if (_length == _bytes.Length) Grow(wanted);
            var free = Math.Min(_bytes.Length, wanted) - _length;
            var read = await source.ReadAsync(_bytes.AsMemory(_length, free), cancellationToken);
            if (read == 0) return;
            _length += read;
        }
    }

    public void Clear() => _length = 0;

    public void Dispose()
    {
        memory.Remove(_bytes.Length);
        Return(_bytes);
        _bytes = [];
        _length = 0;
    }

    private void Grow(int wanted)
    {
        var former = _bytes;
        var size = (int)Math.Min(Math.Max(former.Length * 2L, FirstBlock), Math.Max(wanted, FirstBlock));
        memory.Add(size);
        _bytes = size <= LargestPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);
        memory.Add(_bytes.Length - size);
        former.AsSpan(0, _length).CopyTo(_bytes);
        memory.Remove(former.Length);
        Return(former);
    }

    private static void Return(byte[] bytes)
    {
        if (bytes.Length is > 0 and <= LargestPooled) ArrayPool<byte>.Shared.Return(bytes);
    }
}
