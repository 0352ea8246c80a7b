using KernelGateway;
using KernelGateway.AspNetCore;
using KernelGateway.AspNetCore.CodeInterpreter;
using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Envd;
using KernelGateway.AspNetCore.Hosting;
using KernelGateway.AspNetCore.Jupyter;
using KernelGateway.AspNetCore.Legacy;
using KernelGateway.AspNetCore.Notebooks;
using KernelGateway.AspNetCore.Security;
using KernelGateway.SandboxServices;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the gateway's routes.</summary>
public static class KernelGatewayEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the code interpreter (<c>/execute</c>, <c>/contexts</c>, <c>/executions</c>, <c>/ready</c>, <c>/health</c>), Jupyter's API
    /// (<c>/api</c>, <c>/kernelspecs</c>), notebook jobs (<c>/api/notebooks/execute</c>), and their description (<c>/openapi.json</c>).
    /// After <c>AddSandboxServices</c> also E2B's routes for files and watches (<c>/files</c>, <c>/filesystem.Filesystem</c>,
    /// <c>/envs</c>, <c>/init</c>, <c>/metrics</c>), and Jupyter's for files and terminals (<c>/api/contents</c>,
    /// <c>/files/PATH</c>, <c>/api/terminals</c>).
    /// </summary>
    /// <param name="endpoints">The route builder; a group gives the routes a prefix.</param>
    /// <returns>A builder for conventions such as authorization; they apply to all these routes except <c>/health</c> and CORS
    /// preflight.</returns>
    /// <remarks>
    /// Every route except <c>/health</c> checks host, origin and token as set in <see cref="KernelGatewayHttpOptions"/>. The
    /// routes answer CORS requests themselves; the host's CORS middleware is not needed for them. Paths below <c>/api</c> that
    /// neither the gateway nor the host serves get Jupyter's 404; a host with an <c>/api</c> of its own maps the gateway in a
    /// group.
    /// </remarks>
    /// <exception cref="InvalidOperationException"><c>AddKernelGateway</c> has not been called.</exception>
    /// <exception cref="OptionsValidationException">An option has an invalid value.</exception>
    public static IEndpointConventionBuilder MapKernelGateway(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(Gateway)) == false)
        {
            throw new InvalidOperationException(
                "The gateway's services are missing: call builder.Services.AddKernelGateway() before building the application.");
        }

        var options = HttpOptions.Create(services);
        var surface = new HttpSurface(services, options);
        var guarded = endpoints.MapGroup("");
        var routes = new RouteTable(endpoints, guarded, new RequestGuard(options, surface.Logger, surface.Time));
        CodeInterpreterRoutes.Map(routes, surface);
        NotebookRoutes.Map(routes.For(RouteSection.Notebooks), surface);
        var sandbox = services.GetService<LocalSandbox>();
        if (sandbox is not null)
        {
            var deadline = services.GetRequiredService<IOptions<SandboxServicesOptions>>().Value.CommandDeadline;
            EnvdRoutes.Map(routes, surface, sandbox, deadline);
            LegacyRoutes.Map(routes, surface, sandbox);
        }

        var description = new OpenApiEndpoint(services, routes.Descriptions);
        routes.MapHidden("GET", "/openapi.json", description.HandleAsync);
        JupyterRoutes.Map(routes, surface, description, sandbox);
        return guarded;
    }
}
