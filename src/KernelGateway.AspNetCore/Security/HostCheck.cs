using System.Net;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Security;

/// <summary>Says under which names the gateway may be addressed.</summary>
/// <remarks>
/// DNS rebinding makes a browser send requests to a loopback address under a DNS name of the attacker's. An IP address in the
/// <c>Host</c> header cannot come about that way, a name below <c>localhost</c> neither.
/// </remarks>
internal sealed class HostCheck
{
    private readonly bool _allowsAll;
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost", Environment.MachineName };
    private readonly List<string> _suffixes = [".localhost"];

    public HostCheck(IEnumerable<string> allowedHosts)
    {
        foreach (var host in allowedHosts)
        {
            if (host == "*") _allowsAll = true;
            else if (host.StartsWith("*.", StringComparison.Ordinal)) _suffixes.Add(host[1..]);
            else _names.Add(host);
        }
    }

    public bool Allows(HostString host)
    {
        if (_allowsAll) return true;

        // HTTP/1.0 has no Host; no browser speaks it.
        if (!host.HasValue) return true;
        var name = host.Host.TrimEnd('.');
        return _names.Contains(name)
            || IPAddress.TryParse(name.Trim('[', ']'), out _)
            || _suffixes.Exists(suffix => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }
}
