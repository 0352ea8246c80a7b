using System.Globalization;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>The bodies and queries of requests to the control plane (E2B wire API, C.5 and C.6).</summary>
internal static class SandboxRequests
{
    public static JObject Create(SandboxCreateOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.Template);
        var body = new JObject { ["templateID"] = options.Template };
        if (!options.Secure) body["secure"] = false;
        if (options.Timeout is { } timeout) body["timeout"] = Seconds(timeout, nameof(options));
        else if (!options.Secure) body["timeout"] = 300;
        if (options.Metadata is { } metadata) body["metadata"] = JObject.FromObject(metadata);
        if (options.Envs is { } variables) body["envVars"] = JObject.FromObject(variables);
        if (options.AllowInternetAccess is { } allows) body["allow_internet_access"] = allows;
        if (options.Network is { } network) body["network"] = network.ToJson();
        if (options.Lifecycle is not { } lifecycle) return body;
        var pauses = lifecycle.OnTimeout == SandboxOnTimeout.Pause;
        body["autoPause"] = pauses;
        if (pauses && !lifecycle.KeepMemory) body["autoPauseMemory"] = false;
        if (lifecycle.AutoResume) body["autoResume"] = new JObject { ["enabled"] = true };
        return body;
    }

    public static IReadOnlyList<(string Name, string? Value)> List(SandboxListOptions options) =>
    [
        ("metadata", options.Metadata is { Count: > 0 } metadata ? Filter(metadata) : null),
        ("state", options.State switch { null => null, SandboxState.Paused => "paused", _ => "running" }),
        ("template", options.Template),
        ("startedAfter", options.StartedAfter?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)),
        ("order", options.OldestFirst ? "asc" : null),
        ("limit", options.Limit?.ToString(CultureInfo.InvariantCulture)),
    ];

    public static IReadOnlyList<(string Name, string? Value)> ListSnapshots(SnapshotListOptions options) =>
    [
        ("sandboxID", options.SandboxId),
        ("name", options.Name),
        ("limit", options.Limit?.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>Returns a query of the parameters that have a value, with its question mark; empty when none has one.</summary>
    public static string Query(params IReadOnlyList<(string Name, string? Value)> parameters)
    {
        var set = parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}");
        return string.Join('&', set) is { Length: > 0 } query ? $"?{query}" : "";
    }

    /// <summary>Returns a lifetime as the service takes it: whole seconds, rounded up.</summary>
    public static long Seconds(TimeSpan lifetime, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.Zero, name);
        return (long)Math.Ceiling(lifetime.TotalSeconds);
    }

    // The service decodes the whole once more after the query, and each key and value once more after that.
    private static string Filter(IReadOnlyDictionary<string, string> metadata) => Uri.EscapeDataString(
        string.Join('&', metadata.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}")));
}
