using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Contexts;

/// <summary>A kernel that was started before a context needs it.</summary>
internal sealed class PrespawnedKernel(
    Kernel kernel, LaunchedKernelSource source, long readyAt, Action<PrespawnedKernel> died) : IKernelObserver
{
    private IDisposable? _observation;

    public Kernel Kernel => kernel;

    /// <summary>Gets when it became ready, as a timestamp of the clock.</summary>
    public long ReadyAt => readyAt;

    public KernelLaunch Launch => source.Launch;

    /// <summary>Starts to watch for the death of the kernel.</summary>
    public void Watch() => _observation = kernel.ObserveDirectly(this);

    /// <summary>Stops the watch: from now on the owner of the kernel watches it.</summary>
    public void Unwatch() => _observation?.Dispose();

    /// <summary>Returns whether it was started by this kernelspec, as it is now.</summary>
    public bool WasStartedBy(KernelSpec spec) =>
        Launch.Spec.Name == spec.Name
        && Launch.Spec.ResourceDirectory == spec.ResourceDirectory
        && Launch.Spec.Argv.SequenceEqual(spec.Argv)
        && Launch.Spec.Environment.OrderBy(one => one.Key, StringComparer.Ordinal)
            .SequenceEqual(spec.Environment.OrderBy(one => one.Key, StringComparer.Ordinal));

    /// <summary>Assigns it to a context: restarts and the adoption after a crash use the context's record from now on.</summary>
    public async Task ClaimAsync(ContextRecord record, CancellationToken cancellationToken)
    {
        source.Launch = Launch with { ContextFields = record.ToJson() };
        await kernel.RecordAsync(Launch, cancellationToken).ConfigureAwait(false);
        kernel.Activity.Touch();
    }

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        // It runs no code. Its messages matter only after a context has taken it.
    }

    public void OnStateChanged(KernelState state, string? reason)
    {
        if (state == KernelState.Dead) died(this);
    }
}
