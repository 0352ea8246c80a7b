using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Requests;

/// <summary>Unpacks request bodies that clients have compressed. The limits of bodies hold for what comes out.</summary>
internal static class ContentEncoding
{
    /// <summary>The encodings that are unpacked, as <c>Accept-Encoding</c> of a refusal names them (RFC 7694).</summary>
    public const string Supported = "gzip, deflate";

    /// <summary>Gives the body without its encoding; null when that is not a supported one.</summary>
    public static Stream? Decode(HttpRequest request) => request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant() switch
    {
        "" or "identity" => request.Body,
        "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        _ => null,
    };
}
