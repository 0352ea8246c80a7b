using KernelGateway.AspNetCore;
using KernelGateway.AspNetCore.Hosting;
using KernelGateway.AspNetCore.Ports;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds what runs before routing.</summary>
public static class KernelGatewayApplicationBuilderExtensions
{
    /// <summary>Forwards requests for a local port to the server that listens there.</summary>
    /// <param name="app">The application; call this before <c>UseRouting</c> and other middleware.</param>
    /// <returns>The application.</returns>
    /// <remarks>
    /// A request is for a port if the left-most label of its host name is <c>{port}-{sandbox id}</c> below
    /// <see cref="KernelGatewayHttpOptions.Domain"/>, or if it has the headers <c>E2b-Sandbox-Id</c> and <c>E2b-Sandbox-Port</c>. The ports 49983
    /// and 49999 are the gateway's own routes. Host, origin and token are checked as for these. The token is removed from what is forwarded.
    /// Without a domain this method has no effect.
    /// </remarks>
    /// <exception cref="InvalidOperationException"><c>AddPortForwarding</c> has not been called.</exception>
    /// <exception cref="OptionsValidationException">An option has an invalid value.</exception>
    public static IApplicationBuilder UseKernelGatewayPorts(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var services = app.ApplicationServices;
        var options = HttpOptions.Create(services);
        return options.Domain is null ? app : app.Use(PortForwarding.Create(services, options));
    }
}
