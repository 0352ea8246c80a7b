using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Checks the origin of requests from web pages and writes the CORS headers.</summary>
/// <remarks>Browsers send an <c>Origin</c> header with the requests of pages on other sites; programs send none.</remarks>
internal sealed class OriginCheck
{
    private const string PreflightSeconds = "600";
    private const string Methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    // Pages can read only a few response headers unless they are named here.
    private const string ExposedHeaders = "X-Execution-Id, X-Error-Code, Location, Retry-After";

    private readonly bool _allowsAll;
    private readonly bool _allowsCredentials;
    private readonly HashSet<string> _origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<OriginPattern> _patterns = [];

    public OriginCheck(IEnumerable<string> allowedOrigins, bool allowsCredentials)
    {
        _allowsCredentials = allowsCredentials;
        foreach (var origin in allowedOrigins)
        {
            if (origin == "*") _allowsAll = true;
            else if (OriginPattern.TryParse(origin) is { } pattern) _patterns.Add(pattern);
            else _origins.Add(origin.TrimEnd('/'));
        }
    }

    /// <summary>Returns whether the request is accepted, and writes the CORS headers for a page of an allowed origin.</summary>
    public bool Admit(HttpRequest request, HttpResponse response)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0) return true;
        if (IsOwn(origin, request.Headers.Host.ToString())) return true;
        if (!_allowsAll && !_origins.Contains(origin) && !_patterns.Exists(pattern => pattern.Matches(origin))) return false;

        response.Headers.AccessControlAllowOrigin = _allowsAll ? "*" : origin;
        response.Headers.AccessControlExposeHeaders = ExposedHeaders;
        if (_allowsCredentials) response.Headers.AccessControlAllowCredentials = "true";
        if (!_allowsAll) response.Headers.Append("Vary", "Origin");
        return true;
    }

    /// <summary>Answers a preflight request that was accepted.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">The answer.</param>
    /// <param name="open">What the route allows pages of all origins; null for the usual.</param>
    public static void AnswerPreflight(HttpRequest request, HttpResponse response, OpenOrigins? open = null)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        if (!response.Headers.ContainsKey("Access-Control-Allow-Origin")) return;
        response.Headers.AccessControlAllowMethods = open?.Methods ?? Methods;
        response.Headers.AccessControlMaxAge = open?.PreflightSeconds ?? PreflightSeconds;

        // "*" does not include Authorization, so the requested headers are repeated.
        if (request.Headers.AccessControlRequestHeaders.ToString() is { Length: > 0 } asked) response.Headers.AccessControlAllowHeaders = asked;
    }

    // Without the scheme: behind a proxy that terminates TLS the page has https and the gateway is called over http.
    private static bool IsOwn(string origin, string host)
    {
        var start = origin.IndexOf("://", StringComparison.Ordinal);
        return start > 0 && host.Length > 0 && origin.AsSpan(start + 3).Equals(host, StringComparison.OrdinalIgnoreCase);
    }
}
