using System.Net;
using System.Net.Sockets;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Storage;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Turns the network settings of a request into what an engine enforces, and refuses what it cannot enforce.</summary>
internal static class NetworkRules
{
    private const string All = "0.0.0.0/0";

    /// <summary>Creates the policy.</summary>
    /// <exception cref="SandboxException">An entry is not an address, or the machine cannot filter.</exception>
    public static NetworkPolicy Create(NetworkRecord network, EngineReport engine, bool isOfflineByDefault)
    {
        var allow = network.AllowOut ?? [];
        var deny = network.DenyOut ?? [];
        foreach (var entry in deny)
        {
            if (!IsRange(entry)) throw Invalid($"invalid denied CIDR {entry}");
        }

        foreach (var entry in allow)
        {
            if (IsRange(entry)) continue;
            if (!IsDomain(entry)) throw Invalid($"invalid allowed address {entry}");
            if (!deny.Contains(All))
            {
                throw Invalid(
                    "When specifying allowed domains in allow out, you must include 'ALL_TRAFFIC' in deny out to block all other traffic.");
            }

            throw new SandboxException(SandboxFailure.Invalid, $"network.allowOut: '{entry}' is a domain; this service filters by address only.");
        }

        if (!(network.AllowInternetAccess ?? !isOfflineByDefault) && allow.Count == 0) return NetworkPolicy.None;
        if (allow.Count == 0 && deny.Contains(All)) return NetworkPolicy.None;
        if (!engine.Allows(EngineFeature.OutgoingNetwork))
        {
            var detail = engine.Features.FirstOrDefault(feature => feature.Name == EngineFeature.OutgoingNetwork)?.Detail;
            throw Invalid(
                $"allow_internet_access: this machine cannot filter the connections of sandboxes ({detail ?? "the engine has no such feature"}). "
                + "Send \"allow_internet_access\": false, or start the service with --network none.");
        }

        return NetworkPolicy.Outgoing(allow, network.AllowInternetAccess == false ? [.. deny, All] : deny);
    }

    /// <summary>Compares two policies by what they allow.</summary>
    public static bool AreEqual(NetworkPolicy one, NetworkPolicy other) =>
        one.AllowsOutgoing == other.AllowsOutgoing && one.Allow.SequenceEqual(other.Allow) && one.Deny.SequenceEqual(other.Deny);

    private static bool IsRange(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && text.Split('.').Length == 4
            : IPNetwork.TryParse(text, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
    }

    private static bool IsDomain(string text) =>
        text.Contains('.', StringComparison.Ordinal)
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '*')
        && !text.All(character => char.IsAsciiDigit(character) || character == '.');

    private static SandboxException Invalid(string message) => new(SandboxFailure.Invalid, message);
}
