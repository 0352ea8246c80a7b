using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Conformance.Targets;

/// <summary>The kernel to examine, and how a new one is started.</summary>
public abstract class ConformanceTarget : IAsyncDisposable
{
    private protected ConformanceTarget(string name, KernelInterruptMode? interruptMode)
    {
        Name = name;
        InterruptMode = interruptMode;
    }

    /// <summary>Gets its name in the report.</summary>
    public string Name { get; }

    /// <summary>
    /// Gets whether the kernel was started for the examination: it may be ended, and is started again afterwards.
    /// </summary>
    public abstract bool IsOurs { get; }

    internal KernelInterruptMode? InterruptMode { get; }

    /// <summary>Gets the end of the process; never completes for a kernel that was running before.</summary>
    internal abstract Task<KernelExit> Exited { get; }

    /// <summary>Examines kernels started from a kernelspec; the provisioner stays the caller's.</summary>
    /// <param name="spec">The kernelspec.</param>
    /// <param name="provisioner">Starts the kernels.</param>
    /// <returns>The target; disposing it ends its kernel.</returns>
    public static ConformanceTarget Launch(KernelSpec spec, IKernelProvisioner provisioner)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(provisioner);
        return new LaunchedTarget(spec, provisioner);
    }

    /// <summary>Examines a kernel that is running, and leaves it running.</summary>
    /// <param name="info">Its connection info.</param>
    /// <param name="interruptMode">The way to interrupt it that its kernelspec declares; null when unknown.</param>
    /// <returns>The target.</returns>
    public static ConformanceTarget Attach(KernelConnectionInfo info, KernelInterruptMode? interruptMode = null)
    {
        ArgumentNullException.ThrowIfNull(info);
        return new AttachedTarget(info, interruptMode);
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Returns the running kernel, or starts a new one in place of the last.</summary>
    internal abstract Task<KernelConnectionInfo> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Interrupts by signal; false when that cannot be done.</summary>
    internal abstract bool Signal();
}
