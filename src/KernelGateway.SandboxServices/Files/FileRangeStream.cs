using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>Reads a range of an open file, which belongs to <see cref="FileContent"/>.</summary>
internal sealed class FileRangeStream(SafeFileHandle file, string path, long offset, long count) : ReadOnlyStream
{
    private long _position = offset;
    private long _left = count;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, _left);
        if (wanted == 0) return 0;
        try
        {
            var read = await RandomAccess.ReadAsync(file, buffer[..wanted], _position, cancellationToken).ConfigureAwait(false);
            return Advance(read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SandboxFileException.Create(exception, path);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, _left);
        if (wanted == 0) return 0;
        try
        {
            return Advance(RandomAccess.Read(file, buffer[..wanted], _position));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SandboxFileException.Create(exception, path);
        }
    }

    private int Advance(int read)
    {
        _position += read;
        _left -= read;
        return read;
    }
}
