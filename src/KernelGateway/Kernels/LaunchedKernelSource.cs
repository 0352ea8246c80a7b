using System.Diagnostics;
using KernelGateway.Guarding;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Launches a process for each instance; the first one may be a process that a previous gateway left.</summary>
internal sealed class LaunchedKernelSource(
    KernelLaunch launch,
    GuardedProvisioner provisioner,
    SharedVariables variables,
    KernelOptions options,
    GatewayTelemetry telemetry,
    KernelChannelOpener channels,
    ILogger logger,
    TimeProvider time,
    IKernelProcess? adopted = null) : IKernelInstanceSource
{
    private readonly KernelQuirks _quirks = KernelQuirks.For(launch.Spec);
    private readonly LaunchQuirks _launchQuirks = LaunchQuirks.For(launch.Spec);
    private KernelLaunch _launch = launch;
    private IKernelProcess? _adopted = adopted;
    private int _startedProcesses;

    public KernelSpec Spec => _launch.Spec;

    public int StartedProcesses => Volatile.Read(ref _startedProcesses);

    /// <summary>Gets or sets the launch of later processes; it does not change the current one.</summary>
    public KernelLaunch Launch
    {
        get => Volatile.Read(ref _launch);
        set => Volatile.Write(ref _launch, value);
    }

    public Task CheckAsync(CancellationToken cancellationToken) =>
        provisioner.CheckAsync(ProcessVariables.ForLaunch(variables, PrepareLaunch()).Launch, cancellationToken);

    public async Task<KernelInstance> OpenAsync(CancellationToken cancellationToken)
    {
        var span = telemetry.Spans.StartProcess(Volatile.Read(ref _adopted) is null ? "launch" : "adopt", Launch.KernelId, Spec.Name);
        try
        {
            var instance = await OpenAsync(span?.Context ?? default, cancellationToken).ConfigureAwait(false);
            telemetry.Spans.End(span, describe: started => started.SetTag(TelemetryNames.ProcessId, instance.Process?.ProcessId));
            return instance;
        }
        catch (Exception exception)
        {
            telemetry.Spans.End(span, (exception as KernelLaunchException)?.Reason.ToString() ?? exception.GetType().Name);
            throw;
        }
    }

    private async Task<KernelInstance> OpenAsync(ActivityContext span, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.StartTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        GuardedProcess? process = null;
        KernelInstance? instance = null;
        try
        {
            var former = Interlocked.Exchange(ref _adopted, null);
            var given = former is null
                ? ProcessVariables.ForLaunch(variables, PrepareLaunch())
                : ProcessVariables.ForAdopted(variables, Launch);
            process = former is null
                ? (GuardedProcess)await provisioner.LaunchAsync(given.Launch, either.Token).ConfigureAwait(false)
                : new GuardedProcess(former, logger, time);
            Interlocked.Increment(ref _startedProcesses);
            instance = new KernelInstance(process, process.ConnectionInfo, _quirks, options, telemetry, channels, logger, time)
            {
                LaunchSpan = span,
                Variables = given,
            };
            await OpenAsync(instance, either).ConfigureAwait(false);
            return instance;
        }
        catch (Exception exception)
        {
            // Before anything is awaited: otherwise the end of a running kernel would be awaited, too.
            if (process is not null) await process.KillAsync().ConfigureAwait(false);
            if (instance is not null) await instance.DisposeAsync().ConfigureAwait(false);
            else if (process is not null) await process.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException && deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw KernelLaunchException.NotReadyInTime(Spec.Name, options.StartTimeout, process?.StandardErrorTail ?? "");
            }

            if (exception is KernelClosedException closed) throw ToLaunchException(closed, process!);
            throw;
        }
    }

    private KernelLaunch PrepareLaunch() => _launchQuirks.Prepare(Launch, options.SharesHistory);

    private static async Task OpenAsync(KernelInstance instance, CancellationTokenSource stop)
    {
        // A kernel that has ended never becomes ready: its end ends the wait.
        var opening = instance.OpenAsync(stop.Token);
        if (await Task.WhenAny(opening, instance.Closed).ConfigureAwait(false) != opening)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new KernelClosedException(await instance.Closed.ConfigureAwait(false));
        }

        await opening.ConfigureAwait(false);
    }

    private KernelLaunchException ToLaunchException(KernelClosedException closed, GuardedProcess process) =>
        closed.Reason == KernelCloseReason.Died
            ? KernelLaunchException.ExitedEarly(Spec.Name, closed.Exit ?? KernelExit.Unknown, process.StandardErrorTail)
            : new KernelLaunchException(
                LaunchFailureReason.NotReadyInTime, Spec.Name, $"The kernel '{Spec.Name}' did not become ready. {closed.Message}", innerException: closed);
}
