namespace KernelGateway.Launching;

/// <summary>Starts kernels: on this machine, in containers, elsewhere.</summary>
/// <remarks>A host adds its own with <c>AddProvisioner</c>, any number of them; a kernelspec chooses one by name.</remarks>
public interface IKernelProvisioner
{
    /// <summary>
    /// Starts a kernel. When the task completes, the process runs, but the kernel is not ready for requests yet.
    /// </summary>
    /// <param name="launch">What to start.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing of it is left behind.</param>
    /// <exception cref="KernelLaunchException">The kernel could not be started; nothing is left behind.</exception>
    Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default);

    /// <summary>Checks whether a kernel could be started now. Called before a restart ends the old process.</summary>
    /// <param name="launch">What would be started.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing of it is left behind.</param>
    /// <remarks>
    /// The default implementation succeeds. Any exception refuses the restart, and the kernel continues with the old process.
    /// </remarks>
    /// <exception cref="KernelLaunchException">The kernel could not be started; the message says why.</exception>
    Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken = default) => Task.CompletedTask;
}
