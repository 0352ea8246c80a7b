using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.SandboxServices.Processes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary><c>/api/terminals</c> and the WebSocket of a terminal.</summary>
internal sealed class TerminalEndpoints(HttpSurface surface, TerminalShell shell)
{
    private readonly TerminalSessions _sessions = new(surface.Time);

    public Task ListAsync(HttpContext context) =>
        JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, _sessions.List().Select(Describe).ToArray());

    public async Task CreateAsync(HttpContext context)
    {
        using var read = await JupyterBody.ReadAsync(surface, context, CreateTerminalBody.Shape);
        if (read is null) return;
        try
        {
            var wanted = CreateTerminalBody.Read(read.Json);
            var session = await _sessions.GetOrCreateAsync(
                wanted.Name, (name, cancellation) => StartAsync(context, name, wanted.Cwd, cancellation), context.RequestAborted);
            await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, Describe(session));
        }
        catch (JupyterBodyException exception)
        {
            await JupyterError.BadRequestAsync(context, exception.Message);
        }
        catch (SandboxProcessException exception)
        {
            await JupyterError.WriteAsync(
                context, StatusCodes.Status500InternalServerError, $"The terminal's shell cannot be started: {exception.Message}");
        }
    }

    public Task ShowAsync(HttpContext context) => WithSessionAsync(
        context, session => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, Describe(session)));

    public Task DeleteAsync(HttpContext context) => WithSessionAsync(context, async session =>
    {
        surface.SandboxAudit.Process(context, "kill", session.Process);
        await _sessions.EndAsync(session);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    public Task ConnectAsync(HttpContext context) => WithSessionAsync(context, async session =>
    {
        if (WebSocketUpgrade.Check(context) is { } refusal)
        {
            refusal.WriteHeaders(context.Response);
            await JupyterError.WriteAsync(context, refusal.StatusCode, refusal.Message);
            return;
        }

        surface.SandboxAudit.Process(context, "connect", session.Process);
        LostClientDetection.Enable(context);
        var stream = await WebSocketUpgrade.UpgradeAsync(context, subProtocol: null);
        await using var socket = new WebSocketConnection(stream, context.Abort, subProtocol: null, new WebSocketConnectionOptions
        {
            MaxMessageBytes = surface.Options.Channels.MaxMessageBytes,
            Time = surface.Time,
            Memory = surface.Gateway.Memory,
        });
        await new TerminalConnection(session, socket, surface.Time).RunAsync(surface.Stopping, context.RequestAborted);
    });

    private async Task<SandboxProcess> StartAsync(
        HttpContext context, string name, string? directory, CancellationToken cancellationToken)
    {
        var process = await shell.StartAsync(name, directory, cancellationToken);
        surface.SandboxAudit.Started(context, process);
        return process;
    }

    private static TerminalBody Describe(TerminalSession session) => new(session.Name, WireTime.Format(session.LastActivity));

    private async Task WithSessionAsync(HttpContext context, Func<TerminalSession, Task> handler)
    {
        var name = (string)context.GetRouteValue("name")!;
        if (_sessions.Find(name) is { } session) await handler(session);
        else await JupyterError.WriteAsync(context, StatusCodes.Status404NotFound, $"Terminal not found: {name}");
    }
}
