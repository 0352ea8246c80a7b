using KernelGateway.Kernelspecs;
using KernelGateway.Protocol.Connection;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Connects to a kernel that was started by someone else.</summary>
internal sealed class AttachedKernelSource(
    KernelConnectionInfo info,
    string description,
    KernelOptions options,
    GatewayTelemetry telemetry,
    KernelChannelOpener channels,
    ILogger logger,
    TimeProvider time)
    : IKernelInstanceSource
{
    private KernelConnectionInfo _info = info;

    public KernelSpec? Spec => null;

    /// <summary>Gets or sets the address of the kernel; its owner may start another process for it.</summary>
    public KernelConnectionInfo Info
    {
        get => Volatile.Read(ref _info);
        set => Volatile.Write(ref _info, value);
    }

    // No process is the gateway's to start.
    public int StartedProcesses => 0;

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<KernelInstance> OpenAsync(CancellationToken cancellationToken)
    {
        var instance = new KernelInstance(process: null, Info, KernelQuirks.For(null), options, telemetry, channels, logger, time);
        using var deadline = new CancellationTokenSource(options.StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await instance.OpenAsync(either.Token).ConfigureAwait(false);
            return instance;
        }
        catch (Exception exception)
        {
            await instance.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException && deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw KernelLaunchException.NotAnswering(description, options.StartTimeout);
            }

            throw;
        }
    }
}
