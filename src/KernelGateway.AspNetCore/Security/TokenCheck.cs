using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Finds the token in a request, wherever clients send it.</summary>
internal sealed class TokenCheck(string token)
{
    // Digests are compared, so that the time reveals neither the content nor the length of the token.
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Creates a token of 256 random bits.</summary>
    public static string Generate() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Returns whether a request carries the token. A wrong token beside it is ignored: proxies add their own.</summary>
    public bool IsIn(HttpRequest request)
    {
        var found = false;
        foreach (var value in request.Headers.Authorization) found |= IsInAuthorization(value);
        found |= IsAny(request.Headers["X-Access-Token"]);
        found |= IsAny(request.Headers["X-API-Key"]);

        // The only header that the E2B SDKs send with every code-interpreter request, /contexts included.
        found |= IsAny(request.Headers["E2B-Traffic-Access-Token"]);
        return found || (request.QueryString.HasValue && IsAny(request.Query["token"]));
    }

    private bool IsInAuthorization(string? value)
    {
        var text = value.AsSpan().Trim();
        var space = text.IndexOf(' ');
        if (space < 0) return false;
        var scheme = text[..space];
        if (!scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && !scheme.Equals("token", StringComparison.OrdinalIgnoreCase)) return false;
        return Is(text[(space + 1)..].Trim().ToString());
    }

    private bool IsAny(StringValues values)
    {
        var found = false;
        foreach (var value in values) found |= value is { Length: > 0 } && Is(value);
        return found;
    }

    private bool Is(string candidate)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(candidate), digest);
        return CryptographicOperations.FixedTimeEquals(digest, _digest);
    }
}
