using System.Security.Cryptography;
using KernelGateway.AspNetCore;

namespace KernelGateway.Server.Serve;

/// <summary>Prints the address, the token and an example command when the server listens.</summary>
internal sealed class Announcement(TextWriter output, KernelGatewayHttpOptions options, string basePath)
{
    // Kestrel's form of a Unix socket.
    private const string SocketPrefix = "http://unix:";

    private bool _tokenIsOurs;

    /// <summary>Generates a token if one is needed and none is configured.</summary>
    public void MakeToken()
    {
        if (options is not { Authentication: KernelGatewayAuthentication.Token, Token: null, TokenFile: null }) return;
        options.Token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tokenIsOurs = true;
    }

    public void Write(IEnumerable<string> urls)
    {
        var all = urls.ToArray();
        var addresses = all.Where(url => !IsSocket(url)).Select(url => url.Replace("[::]", "localhost", StringComparison.Ordinal) + basePath).Distinct().ToArray();
        var socket = all.Where(IsSocket).Select(url => url[SocketPrefix.Length..]).FirstOrDefault();
        output.WriteLine($"Listening on {string.Join(" and ", socket is null ? addresses : [.. addresses, $"unix:{socket}"])}");

        // A configured token is not printed.
        if (_tokenIsOurs) output.WriteLine($"Token: {options.Token}");
        output.WriteLine();
        var target = addresses.Length > 0 ? addresses[0] : $"--unix-socket '{socket}' http://localhost{basePath}";
        output.WriteLine($"  curl -N {target}/execute {Credentials()}-H 'Content-Type: application/json' -d '{{\"code\": \"1 + 1\"}}'");
        output.WriteLine();
        output.Flush();
    }

    private static bool IsSocket(string url) => url.StartsWith(SocketPrefix, StringComparison.Ordinal);

    private string Credentials()
    {
        if (options.Authentication != KernelGatewayAuthentication.Token) return "";
        return _tokenIsOurs ? $"-H 'Authorization: Bearer {options.Token}' " : "-H \"Authorization: Bearer $TOKEN\" ";
    }
}
