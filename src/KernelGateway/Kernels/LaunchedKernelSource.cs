using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Launches a process for each instance; the first one may be a process that a former gateway left.</summary>
internal sealed class LaunchedKernelSource(
    KernelLaunch launch,
    IKernelProvisioner provisioner,
    KernelOptions options,
    ILogger logger,
    TimeProvider time,
    IKernelProcess? adopted = null) : IKernelInstanceSource
{
    private readonly KernelQuirks _quirks = KernelQuirks.For(launch.Spec);
    private KernelLaunch _launch = launch;
    private IKernelProcess? _adopted = adopted;

    public KernelSpec Spec => _launch.Spec;

    /// <summary>Gets or sets what later processes are started with; the present one has what it was started with.</summary>
    public KernelLaunch Launch
    {
        get => Volatile.Read(ref _launch);
        set => Volatile.Write(ref _launch, value);
    }

    public async Task<KernelInstance> OpenAsync(CancellationToken cancellationToken)
    {
        var process = Interlocked.Exchange(ref _adopted, null) ?? await provisioner.LaunchAsync(_quirks.Prepare(Launch, options.SharesHistory), cancellationToken).ConfigureAwait(false);
        var instance = new KernelInstance(process, process.ConnectionInfo, _quirks, options, logger, time);
        using var deadline = new CancellationTokenSource(options.StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            // A kernel that has ended never becomes ready: its exit ends the wait.
            var opening = instance.OpenAsync(either.Token);
            if (await Task.WhenAny(opening, instance.Closed).ConfigureAwait(false) != opening)
            {
                await either.CancelAsync().ConfigureAwait(false);
                throw KernelLaunchException.ExitedEarly(Spec.Name, await process.Exited.ConfigureAwait(false), process.StandardErrorTail);
            }

            await opening.ConfigureAwait(false);
            return instance;
        }
        catch (Exception exception)
        {
            process.Kill();
            await instance.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException && deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw KernelLaunchException.NotReadyInTime(Spec.Name, options.StartTimeout, process.StandardErrorTail);
            }

            if (exception is KernelClosedException)
            {
                throw KernelLaunchException.ExitedEarly(Spec.Name, await process.Exited.ConfigureAwait(false), process.StandardErrorTail);
            }

            throw;
        }
    }
}
