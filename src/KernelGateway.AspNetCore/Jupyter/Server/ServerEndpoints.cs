using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Server;

/// <summary><c>/api</c> and <c>/api/status</c>, which describe the server, and the answer to unknown paths.</summary>
internal sealed class ServerEndpoints(HttpSurface surface, ServerActivity activity)
{
    private static readonly string Version = typeof(ServerEndpoints).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static Task ShowApiAsync(HttpContext context) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new ApiBody(Version, Version));

    public static Task ShowNothingAsync(HttpContext context) =>
        JupyterError.WriteAsync(context, StatusCodes.Status404NotFound, $"There is nothing at {context.Request.PathBase}{context.Request.Path}.");

    public Task ShowStatusAsync(HttpContext context)
    {
        var kernels = surface.Gateway.Contexts.List();
        var last = kernels.Select(one => one.Kernel.Activity.LastActivity).Append(activity.LastRequest).Max();
        return JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, new StatusBody(
            WireTime.Format(activity.Started), WireTime.Format(last), kernels.Count, kernels.Sum(one => one.Kernel.Activity.Connections)));
    }
}
