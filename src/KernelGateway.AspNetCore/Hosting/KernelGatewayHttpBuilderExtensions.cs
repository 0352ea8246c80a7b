using KernelGateway.AspNetCore;
using KernelGateway.AspNetCore.Ports;
using KernelGateway.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Configures the HTTP surface.</summary>
public static class KernelGatewayHttpBuilderExtensions
{
    /// <summary>
    /// Configures the options of the HTTP surface. Without it the defaults apply: a token is required, and one is generated.
    /// </summary>
    /// <param name="builder">The builder that <c>AddKernelGateway</c> returned.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static KernelGatewayBuilder ConfigureHttp(this KernelGatewayBuilder builder, Action<KernelGatewayHttpOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>Adds the services of <c>UseKernelGatewayPorts</c>.</summary>
    /// <param name="builder">The builder that <c>AddKernelGateway</c> returned.</param>
    /// <param name="domain">Below which domain ports have names; see <see cref="KernelGatewayHttpOptions.Domain"/>.</param>
    /// <returns>The builder.</returns>
    public static KernelGatewayBuilder AddPortForwarding(this KernelGatewayBuilder builder, string domain)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(domain);
        PortForwarding.AddServices(builder.Services);
        return builder.ConfigureHttp(options => options.Domain = domain);
    }
}
