using System.Diagnostics.Metrics;
using KernelGateway.Launching;
using KernelGateway.Transports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KernelGateway;

/// <summary>Starts gateways with a logger, a clock, provisioners and a transport of one's own, without a container of services.</summary>
/// <remarks>
/// <code>
/// var builder = new GatewayBuilder { LoggerFactory = loggers };
/// builder.Options.Prespawn = 2;
/// builder.AddProvisioner("kubernetes", new MyProvisioner());
/// await using var gateway = await builder.StartAsync();
/// </code>
/// With a container, <c>services.AddKernelGateway()</c> does the same. A builder can start several gateways.
/// </remarks>
/// <param name="options">The options to begin with; null for the defaults.</param>
public sealed class GatewayBuilder(KernelGatewayOptions? options = null)
{
    private readonly Dictionary<string, IKernelProvisioner> _named = new(StringComparer.Ordinal);
    private IKernelProvisioner? _default;
    private IChannelTransport? _transport;

    /// <summary>
    /// Gets the options of the gateways. Each gateway takes a copy when it is started; later changes have no effect on it.
    /// </summary>
    public KernelGatewayOptions Options { get; } = options ?? new KernelGatewayOptions();

    /// <summary>Gets or sets where gateways log. Default: null, for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Gets or sets the clock. Default: null, for the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Gets or sets the factory that owns the meter; null for a meter that is disposed with the gateway.</summary>
    internal IMeterFactory? Meters { get; set; }

    /// <summary>Adds the provisioner of kernelspecs that name none, in place of local processes. The caller disposes it.</summary>
    /// <param name="provisioner">The provisioner.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public GatewayBuilder AddProvisioner(IKernelProvisioner provisioner)
    {
        ArgumentNullException.ThrowIfNull(provisioner);
        if (_default is not null)
            throw new InvalidOperationException("There is a provisioner for kernelspecs that name none already; give the others names.");
        _default = provisioner;
        return this;
    }

    /// <summary>Adds the provisioner of kernelspecs that ask for it by name. The caller disposes it.</summary>
    /// <param name="name">The name, as in <c>kernel_provisioner.provisioner_name</c> of their metadata.</param>
    /// <param name="provisioner">The provisioner.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">There is one of that name already.</exception>
    public GatewayBuilder AddProvisioner(string name, IKernelProvisioner provisioner)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(provisioner);
        if (!_named.TryAdd(name, provisioner))
            throw new InvalidOperationException($"There is a provisioner with the name '{name}' already.");
        return this;
    }

    /// <summary>Sets what carries the messages between gateways and kernels, in place of the gateway's own implementation of ZMTP.</summary>
    /// <param name="transport">The transport, which several gateways may share. It replaces one that was set before.</param>
    /// <returns>The builder.</returns>
    public GatewayBuilder UseTransport(IChannelTransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        _transport = transport;
        return this;
    }

    /// <summary>Starts a gateway. A kernel is started only when it is needed.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OptionsValidationException">An option has an impossible value; the message names it.</exception>
    /// <exception cref="IOException">The run directory could not be made.</exception>
    public Task<Gateway> StartAsync(CancellationToken cancellationToken = default) =>
        Gateway.StartAsync(Options, _default, _named, _transport, LoggerFactory, TimeProvider, Meters, cancellationToken);
}
