namespace KernelGateway.ControlPlane.Storage;

/// <summary>What is stored of a sandbox: all that a control plane needs to serve it after a restart.</summary>
/// <remarks>The environment variables of the request are not stored: the sandbox has them. They are needed again only by a start from files.</remarks>
internal sealed record SandboxRecord
{
    public required string Id { get; init; }

    public required string TeamId { get; init; }

    /// <summary>Gets the state that was reached last; a transition in progress is not stored, but for those that end in removal.</summary>
    public required StoredState State { get; init; }

    /// <summary>Gets the id of the template, or of the snapshot, that the sandbox was created from.</summary>
    public required string TemplateId { get; init; }

    /// <summary>Gets the template under the snapshot; equal to <see cref="TemplateId"/> without one.</summary>
    public required string BaseTemplateId { get; init; }

    /// <summary>Gets the name by which the request named the template.</summary>
    public string? Alias { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets the end of the lifetime by the wall clock, or the moment of the pause.</summary>
    public DateTimeOffset EndAt { get; init; }

    /// <summary>Gets the end of the lifetime by the clock of the boot <see cref="BootId"/>.</summary>
    public TimeSpan Deadline { get; init; }

    /// <summary>Gets the id of the boot to whose clock <see cref="Deadline"/> belongs; null when there is none.</summary>
    public string? BootId { get; init; }

    /// <summary>Gets the lifetime that was asked for last, which an automatic resume uses again.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Gets a value indicating whether the sandbox is paused, not ended, at the end of its lifetime.</summary>
    public bool PausesAtEnd { get; init; }

    /// <summary>Gets a value indicating whether that pause keeps memory.</summary>
    public bool KeepsMemoryAtEnd { get; init; } = true;

    /// <summary>Gets a value indicating whether a request through the router resumes the sandbox.</summary>
    public bool ResumesOnRequest { get; init; }

    /// <summary>Gets the overlay of a pause without memory; null when memory was kept.</summary>
    public string? Files { get; init; }

    /// <summary>Gets where a pause without memory has begun to move the files; null when none has begun.</summary>
    public string? PendingFiles { get; init; }

    /// <summary>Gets a value indicating whether clients of the sandbox's daemon need its access token.</summary>
    public bool IsSecured { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Gets the environment variables of the request.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    public NetworkRecord Network { get; init; } = new();

    public double Cpus { get; init; }

    public long MemoryBytes { get; init; }

    public long DiskBytes { get; init; }
}

/// <summary>The states that survive a restart.</summary>
internal enum StoredState
{
    /// <summary>Being created. After a crash nobody has been told of it, so it is removed.</summary>
    Creating,

    /// <summary>Running.</summary>
    Running,

    /// <summary>Paused.</summary>
    Paused,

    /// <summary>Being ended. After a crash the end is completed.</summary>
    Killing,
}

/// <summary>The network settings of a request, as they are reported again.</summary>
internal sealed record NetworkRecord
{
    /// <summary>Gets whether outgoing connections are allowed; null when the request said nothing.</summary>
    public bool? AllowInternetAccess { get; init; }

    public IReadOnlyList<string>? AllowOut { get; init; }

    public IReadOnlyList<string>? DenyOut { get; init; }

    /// <summary>Gets whether ports are reachable without the traffic token; null when the request said nothing.</summary>
    public bool? AllowPublicTraffic { get; init; }

    /// <summary>Gets the host name that servers in the sandbox see; may contain <c>${PORT}</c>.</summary>
    public string? MaskRequestHost { get; init; }

    /// <summary>Returns these settings with the addresses of others.</summary>
    public NetworkRecord WithEgress(NetworkRecord other) =>
        this with { AllowInternetAccess = other.AllowInternetAccess, AllowOut = other.AllowOut, DenyOut = other.DenyOut };

    /// <summary>Gets a value indicating whether requests to ports need no traffic token.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsPublic => AllowPublicTraffic ?? true;

    /// <summary>Gets a value indicating whether the request had a <c>network</c> object that is reported again.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsSet => AllowOut is not null || DenyOut is not null || AllowPublicTraffic is not null || MaskRequestHost is not null;
}

/// <summary>A team, its limits.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name, which is the namespace of its snapshots.</param>
/// <param name="MaxRunning">The limit of running sandboxes; 0 for none.</param>
/// <param name="MaxCreatesPerSecond">The limit of creates per second; 0 for none.</param>
/// <param name="MaxMemoryBytes">The limit of the memory of its running sandboxes; 0 for none.</param>
internal sealed record TeamRecord(string Id, string Name, int MaxRunning, int MaxCreatesPerSecond, long MaxMemoryBytes);

/// <summary>An API key without the key itself.</summary>
/// <param name="Id">The id by which it is listed and revoked.</param>
/// <param name="TeamId">Its team.</param>
/// <param name="Name">What an operator calls it.</param>
/// <param name="Mask">Its first and last characters.</param>
/// <param name="Hash">The SHA-256 digest of the key, in hexadecimal.</param>
/// <param name="CreatedAt">When it was created.</param>
internal sealed record ApiKeyRecord(string Id, string TeamId, string Name, string Mask, string Hash, DateTimeOffset CreatedAt);

/// <summary>A copy of a sandbox's files from which sandboxes can be created.</summary>
/// <param name="Id">The id that requests name as their template.</param>
/// <param name="TeamId">Its team.</param>
/// <param name="Machine">The machine that has the files.</param>
/// <param name="Names">Its names, each with the team before it.</param>
/// <param name="SandboxId">The sandbox it was made of.</param>
/// <param name="BaseTemplateId">The template under it.</param>
/// <param name="Directory">The directory with the files.</param>
/// <param name="CreatedAt">When it was created.</param>
internal sealed record SnapshotRecord(
    string Id,
    string TeamId,
    string Machine,
    IReadOnlyList<string> Names,
    string SandboxId,
    string BaseTemplateId,
    string Directory,
    DateTimeOffset CreatedAt);
