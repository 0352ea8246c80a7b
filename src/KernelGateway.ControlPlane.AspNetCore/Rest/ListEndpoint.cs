using System.Globalization;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary><c>GET /v2/sandboxes</c>, and <c>GET /sandboxes</c> of the SDKs before.</summary>
internal sealed class ListEndpoint(ControlPlaneSurface surface)
{
    private const string Running = "running";
    private const string Paused = "paused";

    private static readonly string[] States = [Running, Paused];

    /// <summary>Lists a page of the team's sandboxes.</summary>
    public Task ListAsync(HttpContext context, TeamRecord team)
    {
        var query = Read(context.Request.Query);
        if (query is null)
        {
            WriteTotal(context, new SandboxQuery(), 0);
            return WriteAsync(context, []);
        }

        var page = query.Apply(surface.Manager.List(team));
        if (page.Next is { } next) context.Response.Headers["X-Next-Token"] = next.ToString();
        WriteTotal(context, query, page.TotalRunning);
        return WriteAsync(context, page.Items);
    }

    /// <summary>Lists all running sandboxes of the team.</summary>
    public Task ListRunningAsync(HttpContext context, TeamRecord team)
    {
        var query = new SandboxQuery { WithPaused = false, Limit = int.MaxValue, Metadata = ReadMetadata(context.Request.Query) };
        return WriteAsync(context, query.Apply(surface.Manager.List(team)).Items);
    }

    private static void WriteTotal(HttpContext context, SandboxQuery query, int total)
    {
        if (query.WithRunning) context.Response.Headers["X-Total-Running"] = total.ToString(CultureInfo.InvariantCulture);
    }

    private static Task WriteAsync(HttpContext context, IReadOnlyList<ListedSandbox> items) =>
        JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, new JArray(items.Select(SandboxBodies.Listed)));

    // Null when nothing can match.
    private SandboxQuery? Read(IQueryCollection query)
    {
        var states = ReadStates(query["state"].ToString());
        var read = new SandboxQuery
        {
            WithRunning = states.Contains(Running),
            WithPaused = states.Contains(Paused),
            Metadata = ReadMetadata(query),
            StartedAfter = ReadTime(query["startedAfter"].ToString()),
            IsAscending = ReadOrder(query["order"].ToString()),
            Limit = ReadLimit(query["limit"].ToString()),
        };
        if (query["nextToken"].ToString() is { Length: > 0 } token)
        {
            var cursor = SandboxCursor.TryParse(token) ?? throw RestBody.Invalid("nextToken", "the value is not one that a list has returned");
            if (cursor.IsAscending != read.IsAscending) throw RestBody.Invalid("nextToken", "the value belongs to a list in the other order");
            read = read with { After = cursor };
        }

        if (query["template"].ToString() is not { Length: > 0 } name) return read;
        if (name.Contains(':', StringComparison.Ordinal)) throw RestBody.Invalid("template", "the filter takes no tag");
        var reference = TemplateReference.TryParse(name) ?? throw RestBody.Invalid("template", "the value is not the name of a template");
        return surface.FindTemplate(reference.Name) is { } template ? read with { TemplateId = template.Id } : null;
    }

    private static HashSet<string> ReadStates(string text)
    {
        if (text.Length == 0) return [.. States];
        var states = text.Split(',').ToHashSet();
        return states.IsSubsetOf(States) ? states : throw RestBody.Invalid("state", $"the states are '{Running}' and '{Paused}'");
    }

    // After the decoding of the query the filter is decoded once as a whole, and each key and value once more.
    private static List<KeyValuePair<string, string>> ReadMetadata(IQueryCollection query)
    {
        var text = query["metadata"].ToString();
        if (text.Length == 0) return [];
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var pair in Uri.UnescapeDataString(text).Split('&'))
        {
            if (pair.Split('=') is not [var key, var value]) throw RestBody.Invalid("metadata", "the filter is not a list of 'key=value'");
            pairs.Add(new KeyValuePair<string, string>(Uri.UnescapeDataString(key), Uri.UnescapeDataString(value)));
        }

        return pairs;
    }

    private static DateTimeOffset? ReadTime(string text)
    {
        if (text.Length == 0) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw RestBody.Invalid("startedAfter", "the value is not a time such as 2027-01-31T12:00:00Z");
    }

    private static bool ReadOrder(string text) => text switch
    {
        "" or "desc" => false,
        "asc" => true,
        _ => throw RestBody.Invalid("order", "the orders are 'asc' and 'desc'"),
    };

    private static int ReadLimit(string text)
    {
        if (text.Length == 0) return SandboxQuery.MaxLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= SandboxQuery.MaxLimit
            ? limit
            : throw RestBody.Invalid("limit", $"the value is not between 1 and {SandboxQuery.MaxLimit}");
    }
}
