using KernelGateway.AspNetCore.Security;
using Microsoft.AspNetCore.Builder;

namespace KernelGateway.AspNetCore.Hosting;

/// <summary>Puts the checks of the gateway's routes before endpoints that others map.</summary>
internal static class GuardedEndpoints
{
    /// <summary>Checks host, origin and token of each request, as <see cref="KernelGatewayHttpOptions"/> says.</summary>
    public static void AddRequestGuard(this IEndpointConventionBuilder endpoints, IServiceProvider services)
    {
        var options = HttpOptions.Create(services);
        var surface = new HttpSurface(services, options);
        var guard = new RequestGuard(options, surface.Logger, surface.Time);
        endpoints.Add(endpoint =>
        {
            if (endpoint.RequestDelegate is { } handler) endpoint.RequestDelegate = context => guard.InvokeAsync(context, handler);
        });
    }
}
