namespace KernelGateway.Launching;

/// <summary>Brings kernels to life: on this machine, in containers, elsewhere. A host may replace it.</summary>
public interface IKernelProvisioner
{
    /// <summary>Starts a kernel. It runs when the task completes, but is not ready for requests yet.</summary>
    /// <param name="launch">What to start.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing of it is left behind.</param>
    /// <exception cref="KernelLaunchException">The kernel could not be started; nothing is left behind.</exception>
    Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default);
}
