using KernelGateway.Launching;
using KernelGateway.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace KernelGateway.Hosting;

/// <summary>What <c>AddKernelGateway</c> returns: sets options and the transport, and adds provisioners and other parts of KernelGateway.</summary>
public sealed class KernelGatewayBuilder
{
    internal KernelGatewayBuilder(IServiceCollection services) => Services = services;

    /// <summary>Gets the services the gateway was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Sets options. The gateway takes a copy when the host starts; later changes have no effect on it.</summary>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public KernelGatewayBuilder Configure(Action<KernelGatewayOptions> configure)
    {
        Services.Configure(configure);
        return this;
    }

    /// <summary>Adds the provisioner of kernelspecs that name none, in place of local processes.</summary>
    /// <remarks>The container makes and disposes it.</remarks>
    /// <typeparam name="T">The provisioner.</typeparam>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public KernelGatewayBuilder AddProvisioner<T>()
        where T : class, IKernelProvisioner
    {
        if (Services.Any(service => !service.IsKeyedService && service.ServiceType == typeof(IKernelProvisioner)))
        {
            throw new InvalidOperationException("There is a provisioner for kernelspecs that name none already; give the others names.");
        }

        Services.AddSingleton<IKernelProvisioner, T>();
        return this;
    }

    /// <summary>Adds the provisioner of the kernelspecs that ask for it by name. The container makes and disposes it.</summary>
    /// <typeparam name="T">The provisioner.</typeparam>
    /// <param name="name">The name, as in <c>kernel_provisioner.provisioner_name</c> of their metadata.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">There is one of that name already.</exception>
    public KernelGatewayBuilder AddProvisioner<T>(string name)
        where T : class, IKernelProvisioner
    {
        Reserve(name);
        Services.AddKeyedSingleton<IKernelProvisioner, T>(name);
        return this;
    }

    /// <summary>Adds the provisioner of the kernelspecs that ask for it by name. The container disposes what is made.</summary>
    /// <param name="name">The name, as in <c>kernel_provisioner.provisioner_name</c> of their metadata.</param>
    /// <param name="create">Makes the provisioner, once.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">There is one of that name already.</exception>
    public KernelGatewayBuilder AddProvisioner(string name, Func<IServiceProvider, IKernelProvisioner> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Reserve(name);
        Services.AddKeyedSingleton(name, (services, _) => create(services));
        return this;
    }

    /// <summary>Sets what carries the messages to and from kernels, in place of the gateway's own implementation of ZMTP.</summary>
    /// <remarks>The container makes and disposes it. It replaces one that was set before.</remarks>
    /// <typeparam name="T">The transport.</typeparam>
    /// <returns>The builder.</returns>
    public KernelGatewayBuilder UseTransport<T>()
        where T : class, IChannelTransport
    {
        Services.Replace(ServiceDescriptor.Singleton<IChannelTransport, T>());
        return this;
    }

    // A container does not tell the keys of its services.
    private void Reserve(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Services.Any(service =>
            service.IsKeyedService && service.ServiceType == typeof(IKernelProvisioner) && name.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException($"There is a provisioner with the name '{name}' already.");
        }

        Services.AddSingleton(new ProvisionerName(name));
    }
}
