using System.Globalization;
using System.Text;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Http;
using Newtonsoft.Json.Linq;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>Snapshots and forks.</summary>
internal sealed class SnapshotEndpoints(ControlPlaneSurface surface)
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(300);

    public async Task CreateAsync(HttpContext context, TeamRecord team)
    {
        var sandbox = surface.Manager.Get(team, SandboxEndpoints.ReadId(context));
        var body = await RestBody.ReadAsync(context);
        var snapshot = await surface.Snapshots.CreateAsync(team, sandbox, body.Text("name"));
        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status201Created, SandboxBodies.Snapshot(snapshot));
    }

    public async Task ListAsync(HttpContext context, TeamRecord team)
    {
        var query = context.Request.Query;
        var limit = ReadLimit(query["limit"].ToString());
        var (sandboxId, name) = (query["sandboxID"].ToString(), query["name"].ToString());
        var all = await surface.Snapshots.ListAsync(team, context.RequestAborted);
        var matching = all
            .Where(snapshot => (sandboxId.Length == 0 || snapshot.SandboxId == SandboxId.TryParse(sandboxId)) && (name.Length == 0 || HasName(snapshot, name, team)))
            .ToList();
        if (query["nextToken"].ToString() is { Length: > 0 } token)
        {
            var last = ReadToken(token);
            matching = [.. matching.SkipWhile(snapshot => snapshot.Id != last).Skip(1)];
        }

        if (matching.Count > limit) context.Response.Headers["X-Next-Token"] = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(matching[limit - 1].Id));
        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status200OK, new JArray(matching.Take(limit).Select(SandboxBodies.Snapshot)));
    }

    public async Task RemoveAsync(HttpContext context, TeamRecord team)
    {
        // The id is one segment of the path, in which a slash stays encoded.
        var id = Uri.UnescapeDataString((string?)context.Request.RouteValues["id"] ?? "");
        try
        {
            await surface.Snapshots.RemoveAsync(team, id, context.RequestAborted);
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.NotFound && surface.FindTemplate(id) is not null)
        {
            throw new SandboxException(SandboxFailure.Unsupported, $"'{id}' is a template; templates are removed by the operator of this service");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task ForkAsync(HttpContext context, TeamRecord team)
    {
        var sandbox = surface.Manager.Get(team, SandboxEndpoints.ReadId(context));
        var body = await RestBody.ReadAsync(context);
        var count = body.Number("count") ?? 1;
        var timeout = body.Seconds("timeout") ?? DefaultTimeout;
        surface.Manager.CheckTimeout(timeout);
        var forks = await surface.Snapshots.ForkAsync(
            team, sandbox, (int)Math.Clamp(count, int.MinValue, int.MaxValue), timeout, context.RequestAborted);
        var answers = forks.Select(fork => fork.Sandbox is { } created
            ? new JObject { ["sandbox"] = SandboxBodies.Sandbox(surface, created) }
            : new JObject { ["error"] = RestError.ToJson(fork.Failure!) });
        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status201Created, new JArray(answers));
    }

    // A bare name, one with the team, and either with a tag.
    private static bool HasName(SnapshotRecord snapshot, string name, TeamRecord team)
    {
        var full = name.Contains('/', StringComparison.Ordinal) ? name : $"{team.Name}/{name}";
        return full.Contains(':', StringComparison.Ordinal) ? snapshot.Id == full : snapshot.Names.Contains(full);
    }

    private static int ReadLimit(string text)
    {
        if (text.Length == 0) return SandboxQuery.MaxLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= SandboxQuery.MaxLimit
            ? limit
            : throw RestBody.Invalid("limit", $"the value is not between 1 and {SandboxQuery.MaxLimit}");
    }

    private static string ReadToken(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromHexString(token));
        }
        catch (FormatException)
        {
            throw RestBody.Invalid("nextToken", "the value is not one that a list has returned");
        }
    }
}
