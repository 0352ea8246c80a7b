using KernelGateway.AspNetCore.CodeInterpreter.Bodies;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>
/// <c>/health</c>, which shows that the process answers, and <c>/ready</c>, which shows that the kernels requested at the start
/// have answered.
/// </summary>
internal sealed class HealthEndpoints(HttpSurface surface)
{
    private const string PortHeader = "E2b-Sandbox-Port";
    private const string EnvdPort = "49983";

    private static readonly byte[] Ok = "\"OK\""u8.ToArray();

    /// <summary>Answers as the daemon that the request is for: E2B's SDKs ask two under one address.</summary>
    public static Task HealthAsync(HttpContext context)
    {
        if (context.Request.Headers[PortHeader] != EnvdPort) return JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, Ok);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    public Task ReadyAsync(HttpContext context)
    {
        var contexts = surface.Gateway.Contexts;
        var isReady = contexts.HasServed && surface.Options.IsReady?.Invoke() != false && !surface.Stopping.IsCancellationRequested;
        var status = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonAnswer.WriteAsync(context, status, new ReadyBody(isReady, contexts.List().Count));
    }
}
