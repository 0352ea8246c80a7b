using KernelGateway.Launching;
using Microsoft.Extensions.DependencyInjection;

namespace KernelGateway.Hosting;

/// <summary>The name of a provisioner that is among the services, with that key.</summary>
internal sealed record ProvisionerName(string Value);

/// <summary>The provisioners among the services of a host.</summary>
/// <remarks>They are made before the gateway, so the container disposes them after it.</remarks>
internal sealed class HostProvisioners(
    IServiceProvider services, IEnumerable<ProvisionerName> names, IKernelProvisioner? unnamed = null)
{
    private readonly Dictionary<string, IKernelProvisioner> _named = names.ToDictionary(
        name => name.Value, name => services.GetRequiredKeyedService<IKernelProvisioner>(name.Value), StringComparer.Ordinal);

    public void AddTo(GatewayBuilder builder)
    {
        if (unnamed is not null) builder.AddProvisioner(unnamed);
        foreach (var (name, provisioner) in _named) builder.AddProvisioner(name, provisioner);
    }
}
