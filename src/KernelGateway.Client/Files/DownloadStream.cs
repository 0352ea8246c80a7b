namespace KernelGateway.Client;

/// <summary>The body of a download; owns its answer.</summary>
/// <remarks>Synchronous reads are those of the stream beneath, which blocks.</remarks>
internal sealed class DownloadStream(HttpResponseMessage response, Stream body) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("The length of a download is not known.");

    public override long Position
    {
        get => throw new NotSupportedException("A download has no position.");
        set => throw new NotSupportedException("A download is read from its beginning to its end.");
    }

    public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => body.Read(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        body.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => body.ReadAsync(buffer, cancellationToken);

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) =>
        body.CopyToAsync(destination, bufferSize, cancellationToken);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A download is read from its beginning to its end.");

    public override void SetLength(long value) => throw new NotSupportedException("A download is read only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A download is read only.");

    public override async ValueTask DisposeAsync()
    {
        response.Dispose();
        await body.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            response.Dispose();
            body.Dispose();
        }

        base.Dispose(disposing);
    }
}
