using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KernelGateway.Client;

/// <summary>Addresses of files for programs that send no headers, signed where the sandbox needs a token (E2B wire API, B.4).</summary>
internal static class FileUrls
{
    /// <summary>Returns an address.</summary>
    /// <param name="url">The address of the sandbox's services; its path is not used.</param>
    /// <param name="token">The sandbox's token; null when it needs none.</param>
    /// <param name="operation"><c>read</c> or <c>write</c>.</param>
    /// <param name="path">The path of the file; empty for uploads that name it themselves.</param>
    /// <param name="user">The user; null for the default one.</param>
    /// <param name="expiration">Until when the address can be used; null for ever.</param>
    public static Uri Create(string url, string? token, string operation, string path, string? user, DateTimeOffset? expiration)
    {
        var seconds = expiration?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var query = SandboxRequests.Query(
            ("path", path.Length > 0 ? path : null),
            ("username", user),
            ("signature", token is null ? null : Sign(path, operation, user ?? "", token, seconds)),
            ("signature_expiration", token is null ? null : seconds));
        return new Uri($"{new Uri(url).GetLeftPart(UriPartial.Authority)}/files{query}");
    }

    /// <summary>Returns the signature.</summary>
    public static string Sign(string path, string operation, string user, string token, string? expiration)
    {
        var text = $"{path}:{operation}:{user}:{token}{(expiration is null ? "" : $":{expiration}")}";
        return $"v1_{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text))).TrimEnd('=')}";
    }
}
