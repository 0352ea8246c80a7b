using System.Net;
using System.Net.Sockets;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.NetMQ.Sockets;

/// <summary>The address of a kernel as NetMQ needs it: a host name is resolved before, because NetMQ would make the socket thread wait for that.</summary>
internal static class KernelEndpoint
{
    // A name that cannot be resolved now may be known later, as a kernel that does not listen yet.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>Returns the endpoint of a channel, and whether it is an IPv6 address.</summary>
    public static async Task<(string Endpoint, bool IsIPv6)> ResolveAsync(
        KernelConnectionInfo kernel, KernelChannel channel, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryResolveAsync(kernel.Ip, cancellationToken).ConfigureAwait(false) is { } address)
            {
                return ((kernel with { Ip = address.ToString() }).GetEndpoint(channel), address.AddressFamily == AddressFamily.InterNetworkV6);
            }

            await Task.Delay(RetryInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<IPAddress?> TryResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var address)) return address;
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);

            // The gateway's own transport tries one after the other; NetMQ has one. Most kernels bind IPv4.
            return addresses.OrderBy(found => found.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).FirstOrDefault();
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return null;
        }
    }
}
