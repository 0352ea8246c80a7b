using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary><c>/api/sessions</c>: lists, shows, creates and deletes sessions.</summary>
internal sealed class SessionEndpoints(HttpSurface surface, KernelSessions sessions, KernelNames names, KernelStarts starts)
{
    private const string Route = "/api/sessions";

    // By path: of concurrent requests for one document the first one creates its session.
    private readonly SharedWork<(KernelSession Session, CodeContext Kernel)> _creations = new(StringComparer.Ordinal);

    public async Task ListAsync(HttpContext context)
    {
        var bodies = new List<SessionBody>();
        foreach (var (session, kernel) in sessions.List())
        {
            bodies.Add(SessionBody.Create(session, await names.DescribeAsync(kernel, context.RequestAborted)));
        }

        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, bodies);
    }

    public async Task ShowAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (sessions.Find(id) is not { } found)
        {
            await JupyterError.SessionNotFoundAsync(context, id);
            return;
        }

        var kernel = await names.DescribeAsync(found.Kernel, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, SessionBody.Create(found.Session, kernel));
    }

    public async Task CreateAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        using var read = await JupyterBody.ReadAsync(surface, context, ChangeSessionBody.Shape);
        if (read is null) return;
        KernelSession? session = null;
        var caller = AuditCaller.From(context);
        var kernel = await KernelStartFailure.AnswerAsync(
            context,
            async () =>
            {
                var wanted = ChangeSessionBody.Read(read.Json);
                if (wanted.Path is not { } path) throw new JupyterBodyException("Missing field in JSON data: path");
                if (wanted.Type is not { } type) throw new JupyterBodyException("Missing field in JSON data: type");
                var work = await _creations.RunAsync(path, token => FindOrCreateAsync(path, type, wanted, caller, token), context.RequestAborted);
                session = work.Session;
                return work.Kernel;
            },
            missing: MissingKernel.WriteAsync);
        if (kernel is null) return;
        context.Response.Headers.Location = GatewayUrl.Create(context.Request, Route, "api", "sessions", session!.Id);
        var body = SessionBody.Create(session, await names.DescribeAsync(kernel, context.RequestAborted));
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, body);
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (sessions.Remove(id) is not { } removed)
        {
            await JupyterError.SessionNotFoundAsync(context, id);
            return;
        }

        if (await surface.TryRemoveContextAsync(context, removed.KernelId)) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await JupyterError.WriteAsync(context, StatusCodes.Status410Gone, $"The kernel of session {id} was deleted before the session.");
    }

    private async Task<(KernelSession Session, CodeContext Kernel)> FindOrCreateAsync(
        string path, string type, ChangeSessionBody wanted, AuditCaller caller, CancellationToken cancellationToken)
    {
        if (sessions.FindByPath(path) is { } present) return present;

        // A missing kernel is replaced by a new one, as in Jupyter Server; the answer contains the new id.
        var kernel = (wanted.Kernel?.Id is { } kernelId ? surface.Gateway.Contexts.Find(kernelId) : null)
            ?? await starts.StartForSessionAsync(wanted.Kernel?.Name, path, wanted.Kernel?.Env, caller, cancellationToken);
        var session = new KernelSession(Guid.NewGuid().ToString("D"), path, wanted.Name ?? "", type, kernel.Id);
        sessions.Add(session);
        return (session, kernel);
    }
}
