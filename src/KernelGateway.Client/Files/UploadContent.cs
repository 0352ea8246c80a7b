using System.IO.Compression;
using System.Net;

namespace KernelGateway.Client;

/// <summary>The body of an upload: it is read once, from a stream that stays the caller's.</summary>
/// <param name="source">The content.</param>
/// <param name="isCompressed">Whether it is compressed on its way.</param>
internal sealed class UploadContent(Stream source, bool isCompressed) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!isCompressed)
        {
            await source.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
            return;
        }

        var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            await source.CopyToAsync(gzip, cancellationToken).ConfigureAwait(false);
        }
    }

    // Sent in chunks: what is left of a stream is not known, nor what compression makes of it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
