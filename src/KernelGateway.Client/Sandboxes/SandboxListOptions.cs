namespace KernelGateway.Client;

/// <summary>Which sandboxes are listed, and how.</summary>
public sealed class SandboxListOptions
{
    /// <summary>Gets or sets metadata that a sandbox must have. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; set; }

    /// <summary>Gets or sets the state. Default: null, for all.</summary>
    public SandboxState? State { get; set; }

    /// <summary>Gets or sets the template's id or name. Default: null, for all.</summary>
    public string? Template { get; set; }

    /// <summary>Gets or sets the time from which on it must have been created. Default: null, for all.</summary>
    public DateTimeOffset? StartedAfter { get; set; }

    /// <summary>Gets or sets whether the oldest comes first. Default: false, the newest.</summary>
    public bool OldestFirst { get; set; }

    /// <summary>Gets or sets how many a page has, 1 to 100. Default: the service's, 100.</summary>
    public int? Limit { get; set; }
}

/// <summary>Which snapshots are listed, and how.</summary>
public sealed class SnapshotListOptions
{
    /// <summary>Gets or sets the sandbox they were made of. Default: null, for all.</summary>
    public string? SandboxId { get; set; }

    /// <summary>Gets or sets the name. Default: null, for all.</summary>
    public string? Name { get; set; }

    /// <summary>Gets or sets how many a page has, 1 to 100. Default: the service's, 100.</summary>
    public int? Limit { get; set; }
}
