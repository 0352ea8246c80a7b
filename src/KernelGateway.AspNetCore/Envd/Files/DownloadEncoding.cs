using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>Chooses between gzip and the plain content, as <c>Accept-Encoding</c> asks.</summary>
internal static class DownloadEncoding
{
    private const string Gzip = "gzip";
    private const string Identity = "identity";
    private const string Any = "*";

    /// <summary>Chooses the encoding.</summary>
    /// <returns>True for gzip, false for the plain content, null when neither is acceptable.</returns>
    public static bool? UsesGzip(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)) return false;
        var isPlainAllowed = IsPlainAllowed(accepted);

        // A part of the compressed content would be of no use.
        if (IsPartialOrConditional(request)) return isPlainAllowed ? false : null;
        foreach (var encoding in accepted.OrderByDescending(Quality))
        {
            if (Quality(encoding) == 0) break;
            if (Is(encoding, Gzip) || Is(encoding, "x-gzip")) return true;
            if ((Is(encoding, Identity) || Is(encoding, Any)) && isPlainAllowed) return false;
            if (Is(encoding, Any)) return true;
        }

        return isPlainAllowed ? false : null;
    }

    // Acceptable unless it is excluded by its name, or with all that are not named.
    private static bool IsPlainAllowed(IList<StringWithQualityHeaderValue> accepted)
    {
        if (accepted.FirstOrDefault(encoding => Is(encoding, Identity)) is { } named) return Quality(named) > 0;
        return accepted.FirstOrDefault(encoding => Is(encoding, Any)) is not { } others || Quality(others) > 0;
    }

    private static bool IsPartialOrConditional(HttpRequest request)
    {
        var headers = request.Headers;
        return headers.Range.Count > 0 || headers.IfRange.Count > 0 || headers.IfMatch.Count > 0 || headers.IfNoneMatch.Count > 0
            || headers.IfModifiedSince.Count > 0 || headers.IfUnmodifiedSince.Count > 0;
    }

    private static double Quality(StringWithQualityHeaderValue encoding) => encoding.Quality ?? 1;

    private static bool Is(StringWithQualityHeaderValue encoding, string name) =>
        encoding.Value.Equals(name, StringComparison.OrdinalIgnoreCase);
}
