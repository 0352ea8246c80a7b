using System.Globalization;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>Samples of the use of sandboxes, and what happened to them.</summary>
internal sealed class ObservationEndpoints(ControlPlaneSurface surface)
{
    private const int MaxIds = 100;
    private const int MaxEntries = 1000;

    private static readonly string[] Levels = ["debug", "info", "warn", "error"];

    /// <summary>Returns the samples of one sandbox in a range of time.</summary>
    public Task ShowMetricsAsync(HttpContext context, TeamRecord team)
    {
        var sandbox = surface.Manager.Get(team, SandboxEndpoints.ReadId(context));
        var samples = sandbox.Samples.Between(ReadSeconds(context, "start"), ReadSeconds(context, "end"));
        return JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, new JArray(samples.Select(SandboxBodies.Metric)));
    }

    /// <summary>Returns the newest sample of each of several sandboxes; those that have none, or are not the team's, are left out.</summary>
    public Task ShowNewestMetricsAsync(HttpContext context, TeamRecord team)
    {
        var ids = context.Request.Query["sandbox_ids"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length is 0 or > MaxIds) throw RestBody.Invalid("sandbox_ids", $"the value is not a list of 1 to {MaxIds} ids");
        var sandboxes = surface.Manager.List(team).ToDictionary(sandbox => sandbox.Id, StringComparer.Ordinal);
        var samples = new JObject();
        foreach (var id in ids)
        {
            if (SandboxId.TryParse(id) is { } known && sandboxes.TryGetValue(known, out var sandbox) && sandbox.Samples.Last is { } sample)
                samples[known] = SandboxBodies.Metric(sample);
        }

        return JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, new JObject { ["sandboxes"] = samples });
    }

    /// <summary>Returns the log of a sandbox in the two forms of the first version.</summary>
    public Task ShowFirstLogsAsync(HttpContext context, TeamRecord team)
    {
        var sandbox = surface.Manager.Get(team, SandboxEndpoints.ReadId(context));
        var start = ReadMilliseconds(context, "start");
        var entries = sandbox.Entries.Where(entry => start is null || entry.Time >= start).Take(ReadLimit(context)).ToList();
        return JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, new JObject
        {
            ["logs"] = new JArray(entries.Select(entry => new JObject { ["timestamp"] = SandboxBodies.Time(entry.Time), ["line"] = entry.Message })),
            ["logEntries"] = new JArray(entries.Select(ToJson)),
        });
    }

    /// <summary>Returns a page of the log of a sandbox.</summary>
    public Task ShowLogsAsync(HttpContext context, TeamRecord team)
    {
        var sandbox = surface.Manager.Get(team, SandboxEndpoints.ReadId(context));
        var query = context.Request.Query;
        var cursor = ReadMilliseconds(context, "cursor");
        var least = ReadLevel(query["level"].ToString());
        var search = query["search"].ToString();
        var isBackward = query["direction"].ToString() switch
        {
            "" or "forward" => false,
            "backward" => true,
            _ => throw RestBody.Invalid("direction", "the directions are 'forward' and 'backward'"),
        };
        var entries = sandbox.Entries.Where(entry =>
            Array.IndexOf(Levels, entry.Level) >= least
            && entry.Message.Contains(search, StringComparison.OrdinalIgnoreCase)
            && (cursor is null || (isBackward ? entry.Time <= cursor : entry.Time >= cursor)));
        if (isBackward) entries = entries.Reverse();
        return JsonAnswer.WriteTokenAsync(
            context, StatusCodes.Status200OK, new JObject { ["logs"] = new JArray(entries.Take(ReadLimit(context)).Select(ToJson)) });
    }

    private static JObject ToJson(SandboxLogEntry entry) => new()
    {
        ["timestamp"] = SandboxBodies.Time(entry.Time),
        ["level"] = entry.Level,
        ["message"] = entry.Message,
        ["fields"] = new JObject(),
    };

    private static int ReadLevel(string text)
    {
        if (text.Length == 0) return 0;
        var level = Array.IndexOf(Levels, text);
        return level >= 0 ? level : throw RestBody.Invalid("level", "the levels are 'debug', 'info', 'warn' and 'error'");
    }

    private static DateTimeOffset? ReadSeconds(HttpContext context, string name) =>
        ReadNumber(context, name) is { } seconds ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null;

    private static DateTimeOffset? ReadMilliseconds(HttpContext context, string name) =>
        ReadNumber(context, name) is { } milliseconds ? DateTimeOffset.UnixEpoch.AddMilliseconds(milliseconds) : null;

    private static int ReadLimit(HttpContext context) => (int)Math.Clamp(ReadNumber(context, "limit") ?? MaxEntries, 0, MaxEntries);

    private static long? ReadNumber(HttpContext context, string name)
    {
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < 1L << 45
            ? number
            : throw RestBody.Invalid(name, "the value is not a number");
    }
}
