using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Decompresses request bodies. The limits apply to the decompressed bytes.</summary>
internal static class ContentEncoding
{
    /// <summary>The supported encodings, as in the <c>Accept-Encoding</c> header of a 415 response (RFC 7694).</summary>
    public const string Supported = "gzip, deflate";

    /// <summary>Returns the decoded body; null when the encoding is not supported.</summary>
    public static Stream? Decode(HttpRequest request) => request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant() switch
    {
        "" or "identity" => request.Body,
        "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        _ => null,
    };
}
