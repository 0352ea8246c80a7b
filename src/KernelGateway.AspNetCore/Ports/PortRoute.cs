using System.Globalization;
using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Ports;

/// <summary>Reads from a request for which local port it is, as the E2B SDKs say it.</summary>
/// <remarks>
/// The left-most label of the host name is <c>{port}-{sandbox id}</c>. Under a name without such a label, the headers
/// <c>E2b-Sandbox-Id</c> and <c>E2b-Sandbox-Port</c> say it. A gateway serves one sandbox, so every well-formed id is accepted.
/// </remarks>
internal sealed class PortRoute
{
    private const string IdHeader = "E2b-Sandbox-Id";
    private const string PortHeader = "E2b-Sandbox-Port";

    private readonly string _domain;
    private readonly string _shared;

    public PortRoute(string domain)
    {
        _domain = domain;
        _shared = $"sandbox.{domain}";
    }

    /// <summary>Reads it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="problem">Receives why it is malformed, as the SDKs' own service says it; else null.</param>
    /// <returns>The port; null when the request is for no port, or malformed.</returns>
    public PortTarget? Read(HttpRequest request, out string? problem)
    {
        problem = null;
        if (!HostCheck.TryReadName(request, out var name)) return null;   // the guard answers it
        return IsBelowDomain(name) ? ReadLabel(name, out problem) : ReadHeaders(request.Headers, out problem);
    }

    private bool IsBelowDomain(string name) =>
        name.Length > _domain.Length
        && name[^(_domain.Length + 1)] == '.'
        && name.EndsWith(_domain, StringComparison.OrdinalIgnoreCase)
        && !name.Equals(_shared, StringComparison.OrdinalIgnoreCase);

    private PortTarget? ReadLabel(string name, out string? problem)
    {
        // What follows the id, as in the older form of ids, is ignored.
        var parts = name[..^(_domain.Length + 1)].Split('-');
        if (parts.Length >= 2 && !name.AsSpan(0, name.Length - _domain.Length - 1).Contains('.')) return Create(parts[0], parts[1], out problem);
        problem = "Invalid host";
        return null;
    }

    private static PortTarget? ReadHeaders(IHeaderDictionary headers, out string? problem)
    {
        problem = null;
        var (id, port) = (headers[IdHeader].ToString(), headers[PortHeader].ToString());
        if (id.Length > 0 && port.Length > 0) return Create(port, id, out problem);
        if (id.Length > 0 || port.Length > 0) problem = "missing header";
        return null;
    }

    private static PortTarget? Create(string port, string id, out string? problem)
    {
        problem = null;
        if (!id.All(character => char.IsAsciiLetterOrDigit(character) || character == '_') || id.Length == 0) problem = "Invalid sandbox ID";
        else if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) problem = "Invalid sandbox port";
        else return new PortTarget(number, id);
        return null;
    }
}

/// <summary>The local port for which a request is. It is a feature of the request that is forwarded.</summary>
/// <param name="Port">The port.</param>
/// <param name="SandboxId">The id that the request named.</param>
internal sealed record PortTarget(int Port, string SandboxId)
{
    // The ports of the file and command service and of the code interpreter, which are this gateway's own routes.
    private const int ServicesPort = 49983;
    private const int CodeInterpreterPort = 49999;

    /// <summary>Gets a value indicating whether the gateway answers itself.</summary>
    public bool IsOwnSurface => Port is ServicesPort or CodeInterpreterPort;
}
