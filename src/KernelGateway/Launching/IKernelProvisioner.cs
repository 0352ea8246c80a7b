namespace KernelGateway.Launching;

/// <summary>Brings kernels to life: on this machine, in containers, elsewhere.</summary>
/// <remarks>A host adds its own with <c>AddProvisioner</c>, as many as it has; a kernelspec chooses by name.</remarks>
public interface IKernelProvisioner
{
    /// <summary>Starts a kernel. It runs when the task completes, but is not ready for requests yet.</summary>
    /// <param name="launch">What to start.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing of it is left behind.</param>
    /// <exception cref="KernelLaunchException">The kernel could not be started; nothing is left behind.</exception>
    Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default);

    /// <summary>Finds out whether a kernel could be started now: asked before a restart ends the process that is to be replaced.</summary>
    /// <param name="launch">What would be started.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing of it is left behind.</param>
    /// <remarks>By default nothing stands in the way. Whatever is thrown refuses the restart, and the kernel goes on as it was.</remarks>
    /// <exception cref="KernelLaunchException">The kernel could not be started; the message says why.</exception>
    Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken = default) => Task.CompletedTask;
}
