using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.ControlPlane.AspNetCore.Rest;

/// <summary>The routes below one sandbox: its details, its end and its lifetime.</summary>
internal sealed class SandboxEndpoints(ControlPlaneSurface surface)
{
    // The longest lifetime for clients of the first generation, whatever newer ones may ask for.
    private const int MaxRefreshSeconds = 3600;

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(300);
    private static readonly TimeSpan ShortestRefresh = TimeSpan.FromSeconds(15);

    /// <summary>Returns the id in the path.</summary>
    /// <exception cref="SandboxException">It has another form than ids have.</exception>
    public static string ReadId(HttpContext context) =>
        SandboxId.TryParse((string?)context.Request.RouteValues["id"] ?? "") ?? throw new SandboxException(SandboxFailure.Invalid, "Invalid sandbox ID");

    public Task ShowAsync(HttpContext context, TeamRecord team) => JsonAnswer.WriteTokenAsync(
        context, StatusCodes.Status200OK, SandboxBodies.Detail(surface, surface.Manager.Get(team, ReadId(context))));

    public async Task KillAsync(HttpContext context, TeamRecord team)
    {
        var id = ReadId(context);
        try
        {
            await surface.Manager.KillAsync(team, id);
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.NotFound)
        {
            throw new SandboxException(SandboxFailure.NotFound, $"Error killing sandbox - sandbox '{id}' was not found");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Resumes a paused sandbox or extends the lifetime of a running one; the whole body is optional.</summary>
    public Task ConnectAsync(HttpContext context, TeamRecord team) => ConnectAsync(context, team, requiresTimeout: false);

    /// <summary>Does the same for the SDKs before, which send the lifetime.</summary>
    public Task ConnectFirstVersionAsync(HttpContext context, TeamRecord team) => ConnectAsync(context, team, requiresTimeout: true);

    public async Task SetTimeoutAsync(HttpContext context, TeamRecord team)
    {
        var id = ReadId(context);
        var body = await RestBody.ReadAsync(context);
        var timeout = body.Seconds("timeout") ?? throw RestBody.Invalid("timeout", "the field is required");
        await surface.Manager.SetTimeoutAsync(team, id, timeout);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task RefreshAsync(HttpContext context, TeamRecord team)
    {
        var id = ReadId(context);
        var body = await RestBody.ReadAsync(context);
        var seconds = body.Number("duration") ?? 0;
        if (seconds is < 0 or > MaxRefreshSeconds)
        {
            throw new SandboxException(
                SandboxFailure.Invalid, $"validation error: Duration must be between 0 and {MaxRefreshSeconds} seconds");
        }

        var duration = TimeSpan.FromSeconds(seconds);
        try
        {
            await surface.Manager.RefreshAsync(team, id, duration < ShortestRefresh ? ShortestRefresh : duration);
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.NotFound)
        {
            throw new SandboxException(SandboxFailure.NotFound, $"Error refreshing sandbox - sandbox '{id}' was not found");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Replaces the addresses that a running sandbox reaches; a field that is missing is cleared.</summary>
    public async Task SetNetworkAsync(HttpContext context, TeamRecord team)
    {
        var id = ReadId(context);
        var body = await RestBody.ReadAsync(context);
        await surface.Manager.SetNetworkAsync(team, id, CreateEndpoint.ReadEgress(body, body));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task PauseAsync(HttpContext context, TeamRecord team)
    {
        var id = ReadId(context);
        var body = await RestBody.ReadAsync(context);
        await surface.Manager.PauseAsync(team, id, body.Flag("memory") ?? true);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public async Task ResumeAsync(HttpContext context, TeamRecord team)
    {
        var id = ReadId(context);
        var body = await RestBody.ReadAsync(context);
        var sandbox = await surface.Manager.ResumeAsync(team, id, body.Seconds("timeout") ?? ShortestRefresh, body.Flag("autoPause"));
        await JsonAnswer.WriteTokenAsync(context, StatusCodes.Status201Created, SandboxBodies.Sandbox(surface, sandbox));
    }

    private async Task ConnectAsync(HttpContext context, TeamRecord team, bool requiresTimeout)
    {
        var id = ReadId(context);
        var body = await RestBody.ReadAsync(context);
        if (requiresTimeout && !body.Has("timeout")) throw RestBody.Invalid("timeout", "the field is required");
        var (sandbox, isResumed) = await surface.Manager.ConnectAsync(team, id, body.Seconds("timeout") ?? DefaultTimeout, context.RequestAborted);
        var status = isResumed ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await JsonAnswer.WriteTokenAsync(context, status, SandboxBodies.Sandbox(surface, sandbox));
    }
}
