using Microsoft.Extensions.DependencyInjection;

namespace KernelGateway.Hosting;

/// <summary>What <c>AddKernelGateway</c> returns: the place where other parts of KernelGateway add themselves.</summary>
public sealed class KernelGatewayBuilder
{
    internal KernelGatewayBuilder(IServiceCollection services) => Services = services;

    /// <summary>Gets the services the gateway was added to.</summary>
    public IServiceCollection Services { get; }
}
