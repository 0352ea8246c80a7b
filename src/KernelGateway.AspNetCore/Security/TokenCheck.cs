using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Finds the token in a request, wherever clients send it.</summary>
internal sealed class TokenCheck(AccessTokens tokens)
{
    private const string QueryParameter = "token";

    // The last one is the only header that the E2B SDKs send with every code-interpreter request, /contexts included.
    private static readonly string[] Headers = ["X-Access-Token", "X-API-Key", "E2B-Traffic-Access-Token"];

    /// <summary>Creates a token of 256 random bits.</summary>
    public static string Generate() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Returns the token that a request carries, or null. A wrong token beside it is ignored: proxies add their own.</summary>
    public AccessToken? Find(HttpRequest request)
    {
        AccessToken? found = null;
        foreach (var value in request.Headers.Authorization) found = FindInAuthorization(value) ?? found;
        foreach (var header in Headers) found = FindAny(request.Headers[header]) ?? found;
        return found ?? (request.QueryString.HasValue ? FindAny(request.Query[QueryParameter]) : null);
    }

    /// <summary>Removes all valid tokens from the headers of a request that is forwarded to another server.</summary>
    public void RemoveFrom(HttpRequest request)
    {
        request.Headers.Authorization = Without(request.Headers.Authorization, value => FindInAuthorization(value) is not null);
        foreach (var header in Headers) request.Headers[header] = Without(request.Headers[header], value => value is { Length: > 0 } && Find(value) is not null);

        // The address of a page that was opened with its token in the query.
        var referer = request.Headers.Referer.ToString();
        var query = referer.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0) request.Headers.Referer = $"{referer[..query]}{RemoveFromQuery(referer[query..])}";
    }

    /// <summary>Removes all valid tokens from a query, which begins with a question mark. The rest stays as it was written.</summary>
    public string RemoveFromQuery(string query)
    {
        var kept = query[1..].Split('&').Where(pair => !IsToken(pair)).ToArray();
        var rest = string.Join('&', kept);
        return rest.Length > 0 || query.Length == 1 ? $"?{rest}" : "";
    }

    private bool IsToken(string pair)
    {
        var end = pair.IndexOf('=', StringComparison.Ordinal);
        return end > 0
            && Decode(pair[..end]).Equals(QueryParameter, StringComparison.OrdinalIgnoreCase)
            && Find(Decode(pair[(end + 1)..])) is not null;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static StringValues Without(StringValues values, Func<string?, bool> isRemoved) =>
        values.Any(isRemoved) ? values.Where(value => !isRemoved(value)).ToArray() : values;

    private AccessToken? FindInAuthorization(string? value)
    {
        var text = value.AsSpan().Trim();
        var space = text.IndexOf(' ');
        if (space < 0) return null;
        var scheme = text[..space];
        if (!scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && !scheme.Equals("token", StringComparison.OrdinalIgnoreCase)) return null;
        return Find(text[(space + 1)..].Trim().ToString());
    }

    private AccessToken? FindAny(StringValues values)
    {
        AccessToken? found = null;
        foreach (var value in values) found = (value is { Length: > 0 } ? Find(value) : null) ?? found;
        return found;
    }

    private AccessToken? Find(string candidate)
    {
        // Digests are compared, so that the time reveals neither the content nor the length of a token.
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(candidate), digest);
        return tokens.Find(digest);
    }
}
