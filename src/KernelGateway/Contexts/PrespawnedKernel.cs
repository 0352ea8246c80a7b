using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Contexts;

/// <summary>A kernel that has been started before anybody asked for it.</summary>
internal sealed class PrespawnedKernel(
    Kernel kernel, LaunchedKernelSource source, long readyAt, Action<PrespawnedKernel> died) : IKernelObserver
{
    private IDisposable? _observation;

    public Kernel Kernel => kernel;

    /// <summary>Gets when it became ready, as a timestamp of the clock.</summary>
    public long ReadyAt => readyAt;

    public KernelLaunch Launch => source.Launch;

    /// <summary>Begins to watch whether it lives.</summary>
    public void Watch() => _observation = kernel.ObserveDirectly(this);

    /// <summary>Ends the watch: what becomes of it now is somebody else's concern.</summary>
    public void Unwatch() => _observation?.Dispose();

    /// <summary>Says whether it was started by this kernelspec, as it is now.</summary>
    public bool WasStartedBy(KernelSpec spec) =>
        Launch.Spec.Name == spec.Name
        && Launch.Spec.ResourceDirectory == spec.ResourceDirectory
        && Launch.Spec.Argv.SequenceEqual(spec.Argv)
        && Launch.Spec.Environment.OrderBy(one => one.Key, StringComparer.Ordinal)
            .SequenceEqual(spec.Environment.OrderBy(one => one.Key, StringComparer.Ordinal));

    /// <summary>Makes it the kernel of a context: it starts again, and is found after a crash, as if it had been launched for it.</summary>
    public async Task ClaimAsync(ContextRecord record, CancellationToken cancellationToken)
    {
        source.Launch = Launch with { ContextFields = record.ToJson() };
        await kernel.RecordAsync(Launch, cancellationToken).ConfigureAwait(false);
        kernel.Activity.Touch();
    }

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        // It runs no code; what it says of itself is of no interest before it is somebody's.
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
        if (state == KernelState.Dead) died(this);
    }
}
