using KernelGateway.Kernelspecs;

namespace KernelGateway.Kernels;

/// <summary>The source of a kernel's processes: a launch from a kernelspec, or a connection to a running kernel.</summary>
internal interface IKernelInstanceSource
{
    /// <summary>Gets the kernelspec; null for an attached kernel.</summary>
    KernelSpec? Spec { get; }

    /// <summary>Gets how many processes have been started.</summary>
    int StartedProcesses { get; }

    /// <summary>Checks whether an instance could be opened now, and throws the exception that prevents it.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Opens an instance that is ready; on failure nothing of it is left.</summary>
    /// <exception cref="KernelLaunchException">It did not start, or was not ready in time.</exception>
    Task<KernelInstance> OpenAsync(CancellationToken cancellationToken);
}
