using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Jupyter.Kernels;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Jupyter.Sessions;

/// <summary><c>PATCH /api/sessions/{id}</c>: renames a session, moves it, or gives it another kernel.</summary>
internal sealed class SessionChangeEndpoint(HttpSurface surface, KernelSessions sessions, KernelNames names, KernelStarts starts)
{
    private ContextManager Contexts => surface.Gateway.Contexts;

    public async Task HandleAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        var id = (string)context.GetRouteValue("id")!;
        using var read = await JupyterBody.ReadAsync(surface, context, ChangeSessionBody.Shape);
        if (read is null) return;
        if (sessions.Find(id) is not { } present)
        {
            await JupyterError.SessionNotFoundAsync(context, id);
            return;
        }

        ChangeSessionBody? wanted = null;
        var kernel = await KernelStartFailure.AnswerAsync(
            context,
            () =>
            {
                wanted = ChangeSessionBody.Read(read.Json);
                return KernelForAsync(present, wanted, AuditCaller.From(context), context.RequestAborted);
            },
            StatusCodes.Status501NotImplemented,
            MissingKernel.WriteAsync);
        if (kernel is not null) await ApplyAsync(context, present.Session, wanted!, kernel);
    }

    private Task<CodeContext> KernelForAsync(
        (KernelSession Session, CodeContext Kernel) present, ChangeSessionBody wanted, AuditCaller caller, CancellationToken cancellationToken)
    {
        if (wanted.Kernel?.Id is { } kernelId)
        {
            return Task.FromResult(Contexts.Find(kernelId) ?? throw new JupyterBodyException($"No such kernel: {kernelId}"));
        }

        return wanted.Kernel?.Name is { } name
            ? starts.StartForSessionAsync(name, wanted.Path ?? present.Session.Path, wanted.Kernel.Env, caller, cancellationToken)
            : Task.FromResult(present.Kernel);
    }

    private async Task ApplyAsync(HttpContext context, KernelSession present, ChangeSessionBody wanted, CodeContext kernel)
    {
        var isKernelWanted = wanted.Kernel is { Id: not null } or { Name: not null };
        var changed = sessions.Change(present.Id, session => session with
        {
            Path = wanted.Path ?? session.Path,
            Name = wanted.Name ?? session.Name,
            Type = wanted.Type ?? session.Type,
            KernelId = isKernelWanted ? kernel.Id : session.KernelId,
        });
        if (changed is not { } change)
        {
            // Deleted in the meantime: the kernel that was started for it is not needed.
            if (wanted.Kernel is { Id: null, Name: not null }) await surface.TryRemoveContextAsync(context, kernel.Id);
            await JupyterError.SessionNotFoundAsync(context, present.Id);
            return;
        }

        // The one it had is not needed any more, unless another document shares it.
        if (change.Before.KernelId != change.After.KernelId && !sessions.HasKernel(change.Before.KernelId))
        {
            await surface.TryRemoveContextAsync(context, change.Before.KernelId);
        }

        // Another change may have been faster in giving it a kernel.
        var now = Contexts.Find(change.After.KernelId) ?? kernel;
        var body = SessionBody.Create(change.After, await names.DescribeAsync(now, context.RequestAborted));
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, body);
    }
}
