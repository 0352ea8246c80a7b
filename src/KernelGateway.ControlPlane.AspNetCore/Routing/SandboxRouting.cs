using System.Globalization;
using System.Net;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Ports;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;
using Yarp.ReverseProxy.Forwarder;

namespace KernelGateway.ControlPlane.AspNetCore.Routing;

/// <summary>Forwards requests for ports of sandboxes to their sidecars, with streams and WebSockets (E2B wire API, C.11).</summary>
/// <remarks>
/// Runs before routing: every path below a sandbox's host name belongs to the sandbox. One handler has the connections of all sandboxes; its
/// host names are an id and a generation, which changes with each pause, so that no connection from before a pause is used after it.
/// </remarks>
internal sealed partial class SandboxRouting : IDisposable
{
    private const string Transitioning = "The sandbox is still transitioning. Try again in a moment.";

    private readonly ControlPlaneSurface _surface;
    private readonly SandboxRoute _route;
    private readonly SandboxAccess _access;
    private readonly IHttpForwarder _forwarder;
    private readonly SandboxTransformer _transformer = new();
    private readonly HttpMessageInvoker _client;
    private readonly CancellationToken _stopping;
    private readonly ILogger _logger;

    public SandboxRouting(ControlPlaneSurface surface, IHttpForwarder forwarder, CancellationToken stopping)
    {
        _surface = surface;
        _route = new SandboxRoute(surface);
        _access = new SandboxAccess(surface);
        _forwarder = forwarder;
        _stopping = stopping;
        _logger = surface.Logger;
        _client = PortForwarding.CreateClient((target, cancellationToken) => ConnectAsync(target, cancellationToken));
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var target = _route.Read(context.Request, out var problem);
        if (problem is not null) await PlainText.WriteAsync(context, StatusCodes.Status400BadRequest, problem);
        else if (target is null) await next(context);
        else await RouteAsync(context, target);
    }

    public void Dispose() => _client.Dispose();

    private async Task RouteAsync(HttpContext context, PortTarget target)
    {
        if (SandboxPorts.IsReserved(target.Port, context.Request.Path))
        {
            await WriteReservedAsync(context);
            return;
        }

        if (await FindRunningAsync(context, target) is not { } found) return;
        var (sandbox, generation, connections) = found;
        var record = sandbox.Record;
        if (!_access.AllowsTraffic(context.Request, record, target.Port))
        {
            await PortAnswer.TokenMissingAsync(context, target.SandboxId);
            return;
        }

        var needsNoToken = SandboxPorts.NeedsNoToken(target.Port, context.Request.Path, record.IsSecured);
        context.Features.Set(new ForwardedRequest(
            sandbox.Id,
            SandboxPorts.Translate(target.Port, context.Request.Path),
            needsNoToken ? _surface.Manager.Tokens.AccessToken(sandbox.Id) : null,
            MaskHost(record.Network.MaskRequestHost, target.Port)));
        var destination = $"http://{sandbox.Id}.{generation.ToString(CultureInfo.InvariantCulture)}";
        if (SandboxPorts.IsFirstSocket(target.Port, context.Request.Path)) await ForwardFirstSocketAsync(context, target, sandbox, destination, connections);
        else await ForwardAsync(context, target, destination, connections);
    }

    // When the sandbox ends, its sidecar answers the client and closes the connection; the router gives it the time.
    private async Task ForwardFirstSocketAsync(
        HttpContext context, PortTarget target, Sandbox sandbox, string destination, CancellationToken connections)
    {
        using var interrupted = new CancellationTokenSource();
        await using var changed = connections.UnsafeRegister(_ => Interrupt(), null);
        sandbox.CountFirstSocket(isOpen: true);
        try
        {
            await ForwardAsync(context, target, destination, interrupted.Token);
        }
        finally
        {
            sandbox.CountFirstSocket(isOpen: false);
        }

        void Interrupt()
        {
            if (sandbox.State == SandboxState.Killing) interrupted.CancelAfter(4 * Sandbox.FarewellLimit);
            else interrupted.Cancel();
        }
    }

    // Null when the request has been answered.
    private async Task<(Sandbox Sandbox, int Generation, CancellationToken Connections)?> FindRunningAsync(HttpContext context, PortTarget target)
    {
        if (_surface.Lifecycle.Find(target.SandboxId) is not { } sandbox) return await NotFoundAsync(context, target);
        for (; ; )
        {
            var (state, generation, connections) = sandbox.Look();
            switch (state)
            {
                case SandboxState.Running:
                    return (sandbox, generation, connections);
                case SandboxState.Resuming:
                    await sandbox.WhenNot(SandboxState.Resuming).WaitAsync(context.RequestAborted);
                    break;
                case SandboxState.Pausing:
                    await PortAnswer.WriteAsync(context, StatusCodes.Status409Conflict, Transitioning, target.SandboxId);
                    return null;
                case SandboxState.Paused when sandbox.Record is { ResumesOnRequest: true, Files: null }:
                    if (!await TryResumeAsync(context, sandbox, target)) return null;
                    break;
                default:
                    return await NotFoundAsync(context, target);
            }
        }
    }

    private async Task<bool> TryResumeAsync(HttpContext context, Sandbox sandbox, PortTarget target)
    {
        if (!_access.MayResume(context.Request, sandbox.Record, target.Port))
        {
            await PortAnswer.WriteAsync(
                context,
                StatusCodes.Status403Forbidden,
                "This sandbox can't be resumed with the credentials provided. Check your access token and try again.",
                target.SandboxId);
            return false;
        }

        try
        {
            await _surface.Manager.ResumeForRequestAsync(sandbox, context.RequestAborted);
            return true;
        }
        catch (SandboxException exception)
        {
            LogNotResumed(exception, sandbox.Id);
            var status = exception.Failure == SandboxFailure.LimitReached ? StatusCodes.Status429TooManyRequests : StatusCodes.Status502BadGateway;
            var message = status == StatusCodes.Status429TooManyRequests ? exception.Message : "The sandbox was not found";
            await PortAnswer.WriteAsync(context, status, message, target.SandboxId);
            return false;
        }
    }

    private async Task ForwardAsync(HttpContext context, PortTarget target, string destination, CancellationToken connections)
    {
        using var unanswered = new CancellationTokenSource();
        await using var paused = connections.UnsafeRegister(_ => Interrupt(), null);
        await using var stopped = _stopping.UnsafeRegister(_ => Interrupt(), null);
        PortForwarding.RemoveLimits(context.Features);
        var error = await _forwarder.SendAsync(context, destination, _client, PortForwarding.RequestConfig, _transformer, unanswered.Token);
        if (error == ForwarderError.None) return;
        LogFailed(target.Port, target.SandboxId, error, context.GetForwarderErrorFeature()?.Exception?.Message ?? "");
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        if (error == ForwarderError.RequestBodyClient)
            await PlainText.WriteAsync(context, context.Response.StatusCode, "The body of the request could not be read.");
        else if (_surface.Lifecycle.Find(target.SandboxId)?.State != SandboxState.Running) await NotFoundAsync(context, target);
        else await PortAnswer.NotOpenAsync(context, target);

        // An answer that is on its way when a sandbox is paused or ends is aborted, as its client could take an orderly end for the whole. A
        // request without an answer gets one that says what has happened.
        void Interrupt()
        {
            if (context.Response.HasStarted) context.Abort();
            else unanswered.Cancel();
        }
    }

    private static async Task<(Sandbox Sandbox, int Generation, CancellationToken Connections)?> NotFoundAsync(HttpContext context, PortTarget target)
    {
        await PortAnswer.WriteAsync(context, StatusCodes.Status502BadGateway, "The sandbox was not found", target.SandboxId);
        return null;
    }

    private static Task WriteReservedAsync(HttpContext context) => JsonAnswer.WriteTokenAsync(
        context,
        StatusCodes.Status404NotFound,
        new JObject
        {
            ["message"] = "This endpoint is reserved for the E2B control plane and is not reachable through the sandbox URL",
            ["path"] = context.Request.Path.ToString(),
            ["code"] = StatusCodes.Status404NotFound,
        },
        $"{JsonAnswer.MediaType}; charset=utf-8");

    private static string? MaskHost(string? mask, int port) => mask is null || port == SandboxPorts.Services
        ? null
        : mask.Replace("${PORT}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        var id = target.Host[..target.Host.IndexOf('.', StringComparison.Ordinal)];
        try
        {
            return await _surface.Engine.ConnectAsync(id, cancellationToken);
        }
        catch (SandboxEngineException exception)
        {
            // The handler knows failures of sockets only.
            throw new IOException(exception.Message, exception);
        }
    }

    [LoggerMessage(7320, LogLevel.Debug, "A request was not forwarded to port {Port} of sandbox {SandboxId}, or not to its end: {Error}. {Problem}")]
    private partial void LogFailed(int port, string sandboxId, ForwarderError error, string problem);

    [LoggerMessage(7321, LogLevel.Warning, "Sandbox {SandboxId} was not resumed for a request.")]
    private partial void LogNotResumed(Exception exception, string sandboxId);
}
