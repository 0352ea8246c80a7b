using KernelGateway;
using KernelGateway.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the gateway with a service collection.</summary>
public static class KernelGatewayServiceCollectionExtensions
{
    /// <summary>Registers a <see cref="Gateway"/> that starts and stops with the host.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; null for the defaults.</param>
    /// <returns>A builder, which adds provisioners, and to which other parts of KernelGateway add themselves.</returns>
    /// <remarks>
    /// Calling it again adds to the options and registers nothing twice. An <see cref="KernelGateway.Launching.IKernelProvisioner"/> or a
    /// <see cref="TimeProvider"/> among the services is used. The gateway, also as <see cref="ICodeInterpreter"/>, can be injected once the host
    /// has started.
    /// </remarks>
    public static KernelGatewayBuilder AddKernelGateway(this IServiceCollection services, Action<KernelGatewayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<KernelGatewayOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KernelGatewayOptions>, KernelGatewayOptionsValidator>());
        services.TryAddSingleton<HostProvisioners>();
        services.TryAddSingleton<GatewayHost>();
        services.TryAddSingleton(provider => provider.GetRequiredService<GatewayHost>().Gateway);
        services.TryAddSingleton<ICodeInterpreter>(provider => provider.GetRequiredService<Gateway>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, GatewayHost>(
            provider => provider.GetRequiredService<GatewayHost>()));
        if (configure is not null) services.Configure(configure);
        return new KernelGatewayBuilder(services);
    }
}
