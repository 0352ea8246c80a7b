namespace KernelGateway.ControlPlane;

/// <summary>The settings of a control plane.</summary>
internal sealed class ControlPlaneOptions
{
    /// <summary>Gets or sets the directory for the files of paused sandboxes and snapshots.</summary>
    /// <value>Required. It is on the file system of the engine's data directory.</value>
    public required string DataDirectory { get; init; }

    /// <summary>Gets or sets the domain below which ports of sandboxes have host names.</summary>
    /// <value><c>localhost</c> by default.</value>
    public string Domain { get; init; } = "localhost";

    /// <summary>Gets or sets the domain that clients are told, with a port where it is not the scheme's own.</summary>
    /// <value>Null by default: clients use the one of their configuration.</value>
    public string? ReportedDomain { get; set; }

    /// <summary>Gets or sets the longest lifetime that a request may ask for.</summary>
    /// <value>24 hours by default.</value>
    public TimeSpan MaxLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets how long a sandbox may take until it can be used.</summary>
    /// <value>60 seconds by default. A create that takes longer fails and leaves nothing.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets whether a sandbox has no network when the request does not say.</summary>
    /// <value>False by default: a sandbox has network, as clients expect, or its creation is refused.</value>
    public bool IsOfflineByDefault { get; init; }

    /// <summary>Gets or sets how many sandboxes of a template are kept started for requests to take, by the template's name.</summary>
    /// <value>None by default. Each uses the memory of an idle sandbox, and of its kernels where the template has some.</value>
    public IReadOnlyDictionary<string, int> ReadySandboxes { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Gets or sets the id of the machine's boot, to whose clock the ends of lifetimes belong.</summary>
    /// <value>Null by default: lifetimes go by the wall clock after a restart.</value>
    public string? BootId { get; init; }
}
