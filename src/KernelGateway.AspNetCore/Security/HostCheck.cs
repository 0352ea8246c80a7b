using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Checks the host name in a request (Host header).</summary>
/// <remarks>
/// In a DNS rebinding attack a browser sends requests to a loopback address under a DNS name of the attacker. It cannot send an
/// IP address or a name below <c>localhost</c> in the <c>Host</c> header. Without a token only loopback names and addresses are
/// accepted. Names are compared as they are sent, in ASCII.
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
    /// <param name="allowedHosts">Additional accepted names.</param>
    /// <param name="servesLoopbackOnly">Whether only loopback names and addresses are accepted, whatever else is allowed.</param>
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

    /// <summary>Reads the host name of a request without the port; empty when there is none, as in HTTP/1.0.</summary>
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

    /// <summary>Returns whether a name is accepted; a request without one does not come from a browser.</summary>
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
