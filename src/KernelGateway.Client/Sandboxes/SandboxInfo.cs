using KernelGateway.Client.Connect;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Whether a sandbox runs.</summary>
public enum SandboxState
{
    /// <summary>It runs.</summary>
    Running,

    /// <summary>It is paused; <see cref="Sandbox.ConnectAsync(string, TimeSpan?, SandboxClientOptions?, CancellationToken)"/> resumes it.</summary>
    Paused,
}

/// <summary>A sandbox as the service knows it.</summary>
public sealed record SandboxInfo
{
    /// <summary>Gets the id.</summary>
    public required string SandboxId { get; init; }

    /// <summary>Gets the id of its template.</summary>
    public required string TemplateId { get; init; }

    /// <summary>Gets the name of its template; null when it has none.</summary>
    public string? Name { get; init; }

    /// <summary>Gets its metadata.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Gets when it was created, UTC.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets when its life ends, UTC; for a paused one, when it was paused.</summary>
    public DateTimeOffset EndAt { get; init; }

    /// <summary>Gets whether it runs.</summary>
    public SandboxState State { get; init; }

    /// <summary>Gets the number of its processors.</summary>
    public int CpuCount { get; init; }

    /// <summary>Gets its memory in MiB.</summary>
    public long MemoryMB { get; init; }

    /// <summary>Gets the size of its disk in MiB.</summary>
    public long DiskSizeMB { get; init; }

    /// <summary>Gets the version of the services inside.</summary>
    public string EnvdVersion { get; init; } = "";

    /// <summary>Gets its domain; null for that of the options, and in lists.</summary>
    public string? Domain { get; init; }

    /// <summary>Gets whether it reaches the internet; null when that was not chosen, and in lists.</summary>
    public bool? AllowInternetAccess { get; init; }

    /// <summary>Gets its network; null when it was not chosen, and in lists.</summary>
    public SandboxNetwork? Network { get; init; }

    /// <summary>Gets what happens at the end of its life; null in lists.</summary>
    public SandboxLifecycle? Lifecycle { get; init; }

    internal static SandboxInfo Read(JToken body) => new()
    {
        SandboxId = body.Text("sandboxID") ?? "",
        TemplateId = body.Text("templateID") ?? "",
        Name = body.Text("alias"),
        Metadata = body.Texts("metadata"),
        StartedAt = body.Time("startedAt") ?? default,
        EndAt = body.Time("endAt") ?? default,
        State = body.Text("state") == "paused" ? SandboxState.Paused : SandboxState.Running,
        CpuCount = (int)body.Number("cpuCount"),
        MemoryMB = body.Number("memoryMB"),
        DiskSizeMB = body.Number("diskSizeMB"),
        EnvdVersion = body.Text("envdVersion") ?? "",
        Domain = body.Text("domain") is { Length: > 0 } domain ? domain : null,
        AllowInternetAccess = body.Flag("allowInternetAccess"),
        Network = body["network"] is JObject network ? SandboxNetwork.Read(network) : null,
        Lifecycle = body["lifecycle"] is JObject lifecycle
            ? new SandboxLifecycle(
                lifecycle.Text("onTimeout") == "pause" ? SandboxOnTimeout.Pause : SandboxOnTimeout.Kill, lifecycle.Flag("autoResume") ?? false)
            : null,
    };
}

/// <summary>A sample of what a sandbox uses.</summary>
/// <param name="Timestamp">When it was taken, UTC.</param>
/// <param name="CpuCount">The number of processors.</param>
/// <param name="CpuUsedPct">How much of them was used, in percent.</param>
/// <param name="MemUsed">Memory in use, in bytes.</param>
/// <param name="MemTotal">Memory, in bytes.</param>
/// <param name="MemCache">Memory of caches, in bytes.</param>
/// <param name="DiskUsed">Disk in use, in bytes.</param>
/// <param name="DiskTotal">Disk, in bytes.</param>
public sealed record SandboxMetrics(
    DateTimeOffset Timestamp, double CpuCount, double CpuUsedPct, long MemUsed, long MemTotal, long MemCache, long DiskUsed, long DiskTotal)
{
    internal static SandboxMetrics Read(JToken body) => new(
        body.Time("timestamp") ?? DateTimeOffset.UnixEpoch.AddSeconds(body.Number("timestampUnix")),
        (double?)body["cpuCount"] ?? 0,
        (double?)body["cpuUsedPct"] ?? 0,
        body.Number("memUsed"),
        body.Number("memTotal"),
        body.Number("memCache"),
        body.Number("diskUsed"),
        body.Number("diskTotal"));
}

/// <summary>A snapshot of a sandbox, from which others are created.</summary>
/// <param name="SnapshotId">Its id, which is also the <see cref="SandboxCreateOptions.Template"/> of new sandboxes.</param>
/// <param name="Names">Its names.</param>
public sealed record SnapshotInfo(string SnapshotId, IReadOnlyList<string> Names)
{
    internal static SnapshotInfo Read(JToken body) => new(body.Text("snapshotID") ?? "", body.List("names") ?? []);
}

/// <summary>A fork of a sandbox, or why it could not be made.</summary>
/// <param name="Sandbox">The fork; null when it failed.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
public sealed record SandboxFork(Sandbox? Sandbox, SandboxRequestException? Error);
