using KernelGateway.Kernelspecs;

namespace KernelGateway.Kernels;

/// <summary>What gives a kernel its processes: a launch from a kernelspec, or a connection to one that runs already.</summary>
internal interface IKernelInstanceSource
{
    /// <summary>Gets the kernelspec; null when the process is not ours.</summary>
    KernelSpec? Spec { get; }

    /// <summary>Gets how many processes have been started, whatever became of them.</summary>
    int StartedProcesses { get; }

    /// <summary>Finds out whether an instance could be opened now, and throws what stands in the way.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Opens an instance that is ready; on failure nothing of it is left.</summary>
    /// <exception cref="KernelLaunchException">It did not start, or was not ready in time.</exception>
    Task<KernelInstance> OpenAsync(CancellationToken cancellationToken);
}
