using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Says under which names the gateway may be addressed.</summary>
/// <remarks>
/// DNS rebinding makes a browser send requests to a loopback address under a DNS name of the attacker's. An IP address in the
/// <c>Host</c> header cannot come about that way, a name below <c>localhost</c> neither. Where no token is needed, only loopback
/// names and addresses are served. Names are compared as they are sent, in ASCII.
/// </remarks>
internal sealed class HostCheck
{
    private const string EncodedPrefix = "xn--";

    private static readonly IdnMapping Idn = new();

    private readonly bool _allowsAll;
    private readonly bool _servesLoopbackOnly;
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost" };
    private readonly List<string> _suffixes = [".localhost"];

    /// <summary>Creates a check.</summary>
    /// <param name="allowedHosts">Names that are served, too.</param>
    /// <param name="servesLoopbackOnly">Whether nothing but loopback names and addresses is served, whatever else is allowed.</param>
    public HostCheck(IEnumerable<string> allowedHosts, bool servesLoopbackOnly)
    {
        _servesLoopbackOnly = servesLoopbackOnly;
        if (servesLoopbackOnly) return;
        _names.Add(Environment.MachineName);
        foreach (var host in allowedHosts)
        {
            if (host == "*") _allowsAll = true;
            else if (host.StartsWith("*.", StringComparison.Ordinal)) _suffixes.Add(ToAscii(host[2..]) is { } domain ? $".{domain}" : host[1..]);
            else _names.Add(ToAscii(host) ?? host);
        }
    }

    /// <summary>Reads the name a request is addressed to, without port; empty when it names none, as in HTTP/1.0.</summary>
    /// <returns>False when it is malformed.</returns>
    /// <remarks>Not from <see cref="HttpRequest.Host"/>, which decodes international names and throws where that fails.</remarks>
    public static bool TryReadName(HttpRequest request, out string name)
    {
        name = "";
        var header = request.Headers.Host.ToString();
        if (header.Length == 0) return true;
        name = new HostString(header).Host.TrimEnd('.');
        if (!name.Contains(EncodedPrefix, StringComparison.OrdinalIgnoreCase)) return true;
        try
        {
            Idn.GetUnicode(name);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Says whether the gateway is served under a name; a request without one is not of a browser.</summary>
    public bool Allows(string name)
    {
        if (_allowsAll || name.Length == 0) return true;
        return _names.Contains(name)
            || (IPAddress.TryParse(name.Trim('[', ']'), out var address) && (!_servesLoopbackOnly || IPAddress.IsLoopback(address)))
            || _suffixes.Exists(suffix => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }

    private static string? ToAscii(string name)
    {
        try
        {
            return Idn.GetAscii(name);
        }
        catch (ArgumentException)
        {
            // Not a name that a browser could send; it is compared as it is.
            return null;
        }
    }
}
