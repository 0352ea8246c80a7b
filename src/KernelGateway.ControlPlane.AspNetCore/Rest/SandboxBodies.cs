using System.Globalization;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Newtonsoft.Json.Linq;
using Sandbox = KernelGateway.ControlPlane.Sandboxes.Sandbox;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>The bodies of answers about sandboxes (E2B wire API, C.4).</summary>
internal static class SandboxBodies
{
    private const string TimeForm = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Returns the answer to create, connect, resume and fork.</summary>
    public static JObject Sandbox(ControlPlaneSurface surface, Sandbox sandbox)
    {
        var record = sandbox.Record;
        var body = Identity(record);
        if (record.IsSecured) body["envdAccessToken"] = surface.Manager.Tokens.AccessToken(record.Id);
        if (!record.Network.IsPublic) body["trafficAccessToken"] = surface.Manager.Tokens.TrafficToken(record.Id);
        if (surface.Options.ReportedDomain is { } domain) body["domain"] = domain;
        return body;
    }

    /// <summary>Returns an item of a list.</summary>
    public static JObject Listed(ListedSandbox item)
    {
        var record = item.Record;
        var body = Identity(record);
        body["startedAt"] = Time(record.StartedAt);
        body["endAt"] = Time(record.EndAt);
        body["state"] = item.IsRunning ? "running" : "paused";
        body["cpuCount"] = (int)Math.Ceiling(record.Cpus);
        body["memoryMB"] = record.MemoryBytes >> 20;
        body["diskSizeMB"] = record.DiskBytes >> 20;
        if (record.Metadata is { } metadata) body["metadata"] = JObject.FromObject(metadata);
        return body;
    }

    /// <summary>Returns the details of one.</summary>
    public static JObject Detail(ControlPlaneSurface surface, Sandbox sandbox)
    {
        var item = new ListedSandbox(sandbox, sandbox.Record, sandbox.State is SandboxState.Running or SandboxState.Pausing);
        var record = item.Record;
        var body = Listed(item);
        if (surface.Options.ReportedDomain is { } domain) body["domain"] = domain;
        if (record.IsSecured) body["envdAccessToken"] = surface.Manager.Tokens.AccessToken(record.Id);
        if (record.Network.AllowInternetAccess is { } allows) body["allowInternetAccess"] = allows;
        if (record.Network.IsSet) body["network"] = Network(record.Network);
        body["lifecycle"] = new JObject { ["onTimeout"] = record.PausesAtEnd ? "pause" : "kill", ["autoResume"] = record.ResumesOnRequest };
        return body;
    }

    /// <summary>Returns a sample.</summary>
    public static JObject Metric(UsageSample sample) => new()
    {
        ["timestamp"] = Time(sample.Time),
        ["timestampUnix"] = sample.Time.ToUnixTimeSeconds(),
        ["cpuCount"] = sample.Cpus,
        ["cpuUsedPct"] = sample.CpuUsedPercent,
        ["memUsed"] = sample.MemoryUsed,
        ["memTotal"] = sample.MemoryTotal,
        ["memCache"] = sample.MemoryCache,
        ["diskUsed"] = sample.DiskUsed,
        ["diskTotal"] = sample.DiskTotal,
    };

    /// <summary>Returns a snapshot.</summary>
    public static JObject Snapshot(SnapshotRecord snapshot) =>
        new() { ["snapshotID"] = snapshot.Id, ["names"] = new JArray(snapshot.Names.Cast<object>().ToArray()) };

    /// <summary>Returns a time as the SDKs read it.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);

    private static JObject Identity(SandboxRecord record)
    {
        var body = new JObject
        {
            ["sandboxID"] = record.Id,
            ["templateID"] = record.TemplateId,
            ["clientID"] = SandboxId.ClientId,
            ["envdVersion"] = EnvdVersion.Text,
        };
        if (record.Alias is { } alias) body["alias"] = alias;
        return body;
    }

    private static JObject Network(NetworkRecord network)
    {
        var body = new JObject();
        if (network.AllowOut is { } allow) body["allowOut"] = new JArray(allow.Cast<object>().ToArray());
        if (network.DenyOut is { } deny) body["denyOut"] = new JArray(deny.Cast<object>().ToArray());
        if (network.AllowPublicTraffic is { } isPublic) body["allowPublicTraffic"] = isPublic;
        if (network.MaskRequestHost is { } mask) body["maskRequestHost"] = mask;
        return body;
    }
}
