using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Conformance.Targets;

/// <summary>Kernels started from a kernelspec, one after the other.</summary>
internal sealed class LaunchedTarget(KernelSpec spec, IKernelProvisioner provisioner)
    : ConformanceTarget(spec.Name, spec.InterruptMode)
{
    private IKernelProcess? _process;

    public override bool IsOurs => true;

    internal override Task<KernelExit> Exited =>
        _process?.Exited ?? throw new InvalidOperationException("The kernel has not been started.");

    public override async ValueTask DisposeAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill();
        await process.DisposeAsync().ConfigureAwait(false);
    }

    internal override async Task<KernelConnectionInfo> OpenAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        var launch = new KernelLaunch { KernelId = Guid.NewGuid().ToString(), Spec = spec };
        _process = await provisioner.LaunchAsync(launch, cancellationToken).ConfigureAwait(false);
        return _process.ConnectionInfo;
    }

    internal override bool Signal() => _process?.Interrupt() ?? false;
}
