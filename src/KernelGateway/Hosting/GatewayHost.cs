using System.Diagnostics.Metrics;
using KernelGateway.Transports;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KernelGateway.Hosting;

/// <summary>Starts the gateway with the host and stops it with the host.</summary>
internal sealed class GatewayHost(
    IOptions<KernelGatewayOptions> options,
    ILoggerFactory loggers,
    HostProvisioners provisioners,
    IEnumerable<IGatewayAttachment> attachments,
    IChannelTransport? transport = null,
    TimeProvider? timeProvider = null,
    IMeterFactory? meters = null) : IHostedService, IAsyncDisposable
{
    private Gateway? _gateway;

    /// <summary>Gets the gateway.</summary>
    /// <exception cref="InvalidOperationException">The host has not been started.</exception>
    public Gateway Gateway => _gateway
        ?? throw new InvalidOperationException("The gateway starts with the host; start the host before asking for the gateway.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_gateway is not null) return;
        var builder = new GatewayBuilder(options.Value) { LoggerFactory = loggers, TimeProvider = timeProvider, Meters = meters };
        provisioners.AddTo(builder);
        if (transport is not null) builder.UseTransport(transport);
        var gateway = await builder.StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (var attachment in attachments) attachment.AttachTo(gateway);
        _gateway = gateway;
    }

    // Not bounded by the host's patience: kernels get their grace, and each rung of the way down has its own time limit.
    public Task StopAsync(CancellationToken cancellationToken) => _gateway?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _gateway?.DisposeAsync() ?? ValueTask.CompletedTask;
}
