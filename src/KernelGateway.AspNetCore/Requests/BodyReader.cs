using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Feeds a body to a <see cref="JsonObjectReader"/> through a buffer that is as long as the longest token.</summary>
internal sealed class BodyReader(Stream body, long maxBytes, long? declaredBytes, BodyMemory memory) : IDisposable
{
    private const int FirstBlock = 4096;
    private const int LargestBlock = 64 << 10;

    // Larger buffers are not pooled, so that they are garbage collected.
    private const int LargestPooled = 1 << 20;

    private byte[] _buffer = [];
    private int _length;         // of the unread bytes in the buffer
    private long _received;

    /// <summary>Gets a value indicating whether there was anything.</summary>
    public bool IsEmpty => _received == 0;

    /// <summary>Reads to the end; false when the body exceeds the limit.</summary>
    public async Task<bool> ReadAsync(JsonObjectReader target, CancellationToken cancellationToken)
    {
        Rent((int)Math.Clamp(declaredBytes ?? FirstBlock, FirstBlock, LargestBlock));
        while (true)
        {
            var isEnd = await FillAsync(cancellationToken);
            if (_received > maxBytes) return false;
            if (isEnd && IsEmpty) return true;
            var used = target.Read(_buffer.AsMemory(0, _length), isEnd);
            if (isEnd) return true;
            _length -= used;
            _buffer.AsSpan(used, _length).CopyTo(_buffer);

            // A token that does not fit. It is parsed again when the buffer has twice the size, so parsing costs at most twice
            // its length.
            if (_length == _buffer.Length) Grow();
        }
    }

    public void Dispose()
    {
        memory.Remove(_buffer.Length);
        if (_buffer.Length is > 0 and <= LargestPooled) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    // Fills the buffer: otherwise a long token would be parsed again for every packet.
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        while (_length < _buffer.Length)
        {
            var read = await ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0) return true;
            _length += read;
            _received += read;
            if (_received == declaredBytes || _received > maxBytes) return true;
        }

        return false;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> block, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(block, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new BadHttpRequestException("The body cannot be unpacked.", exception);
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // Kestrel throws this for a chunk size that exceeds a number.
            throw new BadHttpRequestException("The body's framing is malformed.", exception);
        }
    }

    private void Grow()
    {
        var former = _buffer;
        var rest = declaredBytes is { } declared ? declared - _received + _length : long.MaxValue;
        Rent((int)Math.Min(Math.Min(former.Length * 2L, Math.Max(rest, former.Length + 1)), Array.MaxLength));
        former.CopyTo(_buffer, 0);
        memory.Remove(former.Length);
        if (former.Length <= LargestPooled) ArrayPool<byte>.Shared.Return(former);
    }

    private void Rent(int bytes)
    {
        memory.Add(bytes);
        var rented = bytes <= LargestPooled ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);
        memory.Add(rented.Length - bytes);
        _buffer = rented;
    }
}
