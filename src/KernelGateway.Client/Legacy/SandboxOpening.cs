namespace KernelGateway.Client.Legacy;

/// <summary>How a sandbox is opened.</summary>
internal sealed record SandboxOpening
{
    public IReadOnlyDictionary<string, string>? EnvVars { get; init; }

    public string? Cwd { get; init; }

    public required ProcessHandlers Handlers { get; init; }

    /// <summary>Gets how long the opening may take; null for the default time.</summary>
    public TimeSpan? Timeout { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Gets where the service is; null for what the environment says.</summary>
    public SandboxClientOptions? Client { get; init; }
}
