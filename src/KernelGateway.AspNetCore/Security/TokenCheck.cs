using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Knows the token and recognises it wherever clients put it.</summary>
internal sealed class TokenCheck(string token)
{
    // Digests are compared, so that neither content nor length of the token shows in the time it takes.
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Makes a token that cannot be guessed: 256 random bits.</summary>
    public static string Generate() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Says whether a request carries the token. A wrong one beside the right one does no harm: proxies add theirs.</summary>
    public bool IsIn(HttpRequest request)
    {
        var found = false;
        foreach (var value in request.Headers.Authorization) found |= IsInAuthorization(value);
        found |= IsAny(request.Headers["X-Access-Token"]);
        found |= IsAny(request.Headers["X-API-Key"]);

        // The one header that the E2B SDKs send with every code-interpreter request of a sandbox, /contexts included.
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
