using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Conformance.Targets;

/// <summary>A kernel that this process did not start.</summary>
internal sealed class AttachedTarget(KernelConnectionInfo info, KernelInterruptMode? interruptMode)
    : ConformanceTarget(info.KernelName is { Length: > 0 } name ? $"{name} ({info})" : info.ToString(), interruptMode)
{
    private readonly TaskCompletionSource<KernelExit> _never = new();

    public override bool IsOurs => false;

    internal override Task<KernelExit> Exited => _never.Task;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override Task<KernelConnectionInfo> OpenAsync(CancellationToken cancellationToken) => Task.FromResult(info);

    internal override bool Signal() => false;
}
