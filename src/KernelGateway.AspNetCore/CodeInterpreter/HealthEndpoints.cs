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
    private static readonly byte[] Ok = "\"OK\""u8.ToArray();

    public static Task HealthAsync(HttpContext context) => JsonAnswer.WriteRawAsync(context, StatusCodes.Status200OK, Ok);

    public Task ReadyAsync(HttpContext context)
    {
        var contexts = surface.Gateway.Contexts;
        var isReady = contexts.HasServed && surface.Options.IsReady?.Invoke() != false && !surface.Stopping.IsCancellationRequested;
        var status = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonAnswer.WriteAsync(context, status, new ReadyBody(isReady, contexts.List().Count));
    }
}
