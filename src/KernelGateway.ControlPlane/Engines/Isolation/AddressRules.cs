using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using KernelGateway.ControlPlane.Engines.Records;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Which addresses a sandbox reaches, as rules of nftables for its network namespace.</summary>
internal static class AddressRules
{
    /// <summary>The name server that slirp4netns offers; it asks those of the host.</summary>
    internal const string NameServer = "10.0.2.3";

    /// <summary>The text of <c>/etc/resolv.conf</c> of a sandbox with a network.</summary>
    internal const string ResolverConfiguration = $"nameserver {NameServer}\n";

    // Of this host, private, shared, link-local (cloud metadata), documentation and tests, multicast, reserved.
    private static readonly string[] Refused =
    [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
    ];

    /// <summary>Returns whether a text is an address or a range of IPv4.</summary>
    internal static bool IsValid(string range) =>
        (IPNetwork.TryParse(range, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
        || (range.Split('.').Length == 4 && IPAddress.TryParse(range, out var address)
            && address.AddressFamily == AddressFamily.InterNetwork);

    /// <summary>Writes the rules.</summary>
    /// <param name="network">The lists of the sandbox.</param>
    /// <param name="hostAddresses">The addresses of this host, which services on it listen at.</param>
    internal static string Write(NetworkRecord network, IEnumerable<string> hostAddresses)
    {
        // A rule that refuses tells the program at once; without it the program would wait.
        string[] refused = [.. Refused, .. hostAddresses, .. network.Deny];
        // Either all of it takes effect, or nothing: the former table counts until the new one does.
        return $$"""
            table inet gateway
            delete table inet gateway
            table inet gateway {
              set allowed {
                type ipv4_addr
                flags interval
                auto-merge
            {{Elements(network.Allow)}}
              }
              set refused {
                type ipv4_addr
                flags interval
                auto-merge
            {{Elements(refused)}}
              }
              chain out {
                type filter hook output priority 0
                policy drop
                oif "lo" accept
                ip daddr {{NameServer}} udp dport 53 accept
                ip daddr {{NameServer}} tcp dport 53 accept
                ip daddr @allowed accept
                ip daddr @refused ct state established meta l4proto tcp reject with tcp reset
                ip daddr @refused reject with icmpx type admin-prohibited
                meta nfproto ipv4 accept
                reject with icmpx type admin-prohibited
              }
            }

            """;
    }

    /// <summary>Lists the addresses of this host.</summary>
    internal static IEnumerable<string> ListHostAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(found => found.GetIPProperties().UnicastAddresses)
        .Select(found => found.Address)
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork)
        .Select(address => address.ToString())
        .Distinct();

    private static string Elements(IReadOnlyList<string> ranges) =>
        ranges.Count == 0 ? "" : $"    elements = {{ {string.Join(", ", ranges)} }}";
}
