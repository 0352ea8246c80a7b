namespace KernelGateway.ControlPlane.Engines;

/// <summary>Determines which addresses outside of a sandbox it can reach.</summary>
public sealed record NetworkPolicy
{
    private NetworkPolicy()
    {
    }

    /// <summary>Gets the policy with which a sandbox reaches only its own loopback addresses.</summary>
    public static NetworkPolicy None { get; } = new();

    /// <summary>Gets whether connections to the outside are possible.</summary>
    public bool AllowsOutgoing { get; private init; }

    /// <summary>
    /// Gets addresses and ranges of IPv4 in CIDR notation that are allowed even if <see cref="Deny"/> or the engine's own list
    /// refuses them.
    /// </summary>
    public IReadOnlyList<string> Allow { get; private init; } = [];

    /// <summary>Gets addresses and ranges of IPv4 in CIDR notation that are refused.</summary>
    public IReadOnlyList<string> Deny { get; private init; } = [];

    /// <summary>
    /// Creates a policy with connections to the outside. Private, link-local, metadata and the host's own addresses are refused
    /// unless <paramref name="allow"/> contains them.
    /// </summary>
    /// <param name="allow">Addresses and ranges that are always allowed.</param>
    /// <param name="deny">
    /// Addresses and ranges that are refused. <c>0.0.0.0/0</c> refuses all but those of <paramref name="allow"/>.
    /// </param>
    public static NetworkPolicy Outgoing(IReadOnlyList<string>? allow = null, IReadOnlyList<string>? deny = null) =>
        new() { AllowsOutgoing = true, Allow = allow ?? [], Deny = deny ?? [] };
}
