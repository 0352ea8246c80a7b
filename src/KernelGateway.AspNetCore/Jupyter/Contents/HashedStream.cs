using System.Security.Cryptography;
using KernelGateway.AspNetCore.Requests;

namespace KernelGateway.AspNetCore.Jupyter.Contents;

/// <summary>Reads a stream and gives a hash what was read.</summary>
internal sealed class HashedStream(Stream content, IncrementalHash hash) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await content.ReadAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span[..read]);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = content.Read(buffer, offset, count);
        hash.AppendData(buffer, offset, read);
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) content.Dispose();
        base.Dispose(disposing);
    }
}
