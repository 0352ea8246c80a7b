using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Files;

/// <summary>Checks the signatures of file URLs, which are made with the token and can be given to others.</summary>
/// <remarks>
/// E2B wire API, <c>/files</c>, Signature: <c>v1_</c> and the base64 text, without padding, of the SHA-256 of path, operation, user,
/// token and, if there is one, time of expiry, joined with colons. Path and user are those of the query.
/// </remarks>
internal static class FileSignature
{
    private const string Prefix = "v1_";

    /// <summary>Checks a request that carries no token the gateway knows.</summary>
    /// <param name="request">The request.</param>
    /// <param name="token">The token that signs; null when there is none.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Null when its signature is valid; else the error.</returns>
    public static string? FindProblem(HttpRequest request, string? token, TimeProvider time)
    {
        if (request.Headers.ContainsKey("X-Access-Token")) return "access token present in header but does not match";
        var signature = request.Query["signature"].ToString();
        if (signature.Length == 0) return "missing signature query parameter";
        var expiration = request.Query["signature_expiration"].ToString();
        var operation = HttpMethods.IsPost(request.Method) ? "write" : "read";
        var path = request.Query["path"].ToString();
        var user = request.Query["username"].ToString();
        if (token is null || !IsEqual(signature, Create(path, operation, user, token, expiration))) return "invalid signature";
        if (expiration.Length == 0) return null;
        return long.TryParse(expiration, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= time.GetUtcNow().ToUnixTimeSeconds()
                ? null
                : "signature is already expired";
    }

    /// <summary>Creates the signature of a URL.</summary>
    /// <param name="path">The path, as in the query.</param>
    /// <param name="operation"><c>read</c> or <c>write</c>.</param>
    /// <param name="user">The user, as in the query; empty when there is none.</param>
    /// <param name="token">The token.</param>
    /// <param name="expiration">The time of expiry, as in the query; empty when there is none.</param>
    public static string Create(string path, string operation, string user, string token, string expiration)
    {
        var text = $"{path}:{operation}:{user}:{token}{(expiration.Length == 0 ? "" : $":{expiration}")}";
        return Prefix + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text))).TrimEnd('=');
    }

    private static bool IsEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
