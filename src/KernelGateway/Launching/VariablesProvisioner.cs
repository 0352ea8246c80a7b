namespace KernelGateway.Launching;

/// <summary>Adds the variables that all kernels get to each launch.</summary>
internal sealed class VariablesProvisioner(IKernelProvisioner inner, SharedVariables variables) : IKernelProvisioner
{
    public Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default) =>
        inner.LaunchAsync(variables.AddTo(launch), cancellationToken);

    public Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken = default) =>
        inner.CheckAsync(variables.AddTo(launch), cancellationToken);
}
