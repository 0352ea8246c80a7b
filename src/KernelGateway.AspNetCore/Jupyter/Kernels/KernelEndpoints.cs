using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary><c>/api/kernels</c>: starts, lists, shows and deletes kernels.</summary>
internal sealed class KernelEndpoints(HttpSurface surface, KernelNames names, KernelStarts starts)
{
    private const string Route = "/api/kernels";

    private ContextManager Contexts => surface.Gateway.Contexts;

    public async Task ListAsync(HttpContext context)
    {
        var models = new List<KernelBody>();
        foreach (var one in Contexts.List()) models.Add(await names.DescribeAsync(one, context.RequestAborted));
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, models);
    }

    public async Task StartAsync(HttpContext context)
    {
        using var abort = surface.AbortWhenStopping(context);
        using var read = await JupyterBody.ReadAsync(surface, context, StartKernelBody.Shape);
        if (read is null) return;
        var started = await KernelStartFailure.AnswerAsync(
            context, () => starts.StartAsync(StartKernelBody.Read(read.Json), AuditCaller.From(context), context.RequestAborted));
        if (started is null) return;
        context.Response.Headers.Location = GatewayUrl.Create(context.Request, Route, "api", "kernels", started.Id);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, await names.DescribeAsync(started, context.RequestAborted));
    }

    public async Task ShowAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        if (Contexts.Find(id) is not { } found) await JupyterError.KernelNotFoundAsync(context, Contexts, id);
        else await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await names.DescribeAsync(found, context.RequestAborted));
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var id = (string)context.GetRouteValue("id")!;
        var isGone = (Contexts.Find(id) is null && await starts.StopAsync(id)) || await surface.TryRemoveContextAsync(context, id);
        if (isGone) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await JupyterError.KernelNotFoundAsync(context, Contexts, id);
    }
}
