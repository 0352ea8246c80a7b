using System.Globalization;
using System.Net;
using KernelGateway.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KernelGateway.Server.Serve;

/// <summary>The TCP address on which the server listens.</summary>
internal sealed class ListenAddress
{
    private const string NoPort = "none";

    private readonly IPAddress? _address;
    private readonly int _port;

    private ListenAddress(IPAddress? address, int port)
    {
        _address = address;
        _port = port;
    }

    /// <summary>Gets a value indicating whether only this machine can connect.</summary>
    public bool IsLoopback => _address is null || IPAddress.IsLoopback(_address);

    /// <summary>Returns the address of the options; null when the server listens on a Unix socket only.</summary>
    /// <exception cref="SettingsException">The host or the port is invalid.</exception>
    public static ListenAddress? From(ServerOptions options)
    {
        if (options.Port.Equals(NoPort, StringComparison.OrdinalIgnoreCase))
        {
            return options.Socket is null ? throw new SettingsException("Port: 'none' needs a Unix socket to listen on (--socket).") : null;
        }

        if (!int.TryParse(options.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
        {
            throw new SettingsException($"Port: '{options.Port}' is not a number between 0 and 65535, or 'none'.");
        }

        if (options.Host is "*" or "+") return new ListenAddress(IPAddress.IPv6Any, port);
        if (options.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return new ListenAddress(null, port);
        return IPAddress.TryParse(options.Host.Trim('[', ']'), out var address)
            // A socket for IPv6 alone cannot be bound to an address of IPv4 in IPv6's notation.
            ? new ListenAddress(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port)
            : throw new SettingsException($"Host: '{options.Host}' is not an IP address, 'localhost' or '*'.");
    }

    public void Apply(KestrelServerOptions kestrel, Action<ListenOptions> configure)
    {
        if (_address is { } address && address.Equals(IPAddress.IPv6Any)) kestrel.ListenAnyIP(_port, configure);
        else if (_address is not null) kestrel.Listen(_address, _port, configure);

        // Two sockets cannot choose the same free port; one address is sufficient if the port is not known beforehand.
        else if (_port == 0) kestrel.Listen(IPAddress.Loopback, 0, configure);
        else kestrel.ListenLocalhost(_port, configure);
    }
}
