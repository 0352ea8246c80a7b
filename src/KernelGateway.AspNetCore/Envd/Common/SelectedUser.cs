using System.Text;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>Reads which user a request selects.</summary>
internal static class SelectedUser
{
    private const string Scheme = "Basic ";

    /// <summary>
    /// Reads the name from <c>Authorization: Basic base64("name:")</c>; null when there is none. With a password the header is
    /// for somebody else, such as a proxy.
    /// </summary>
    public static string? Read(HttpRequest request)
    {
        foreach (var value in request.Headers.Authorization)
        {
            if (value?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) != true) continue;
            if (TryDecode(value[Scheme.Length..].Trim()) is not { Length: > 1 } text) continue;
            if (text.IndexOf(':', StringComparison.Ordinal) == text.Length - 1) return text[..^1];
        }

        return null;
    }

    private static string? TryDecode(string encoded)
    {
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}
