using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.Processes;
using KernelGateway.Launching.RunDirectories;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>A kernel whose gateway ended without it.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class LeftKernel
{
    /// <summary>Launches a kernel and ends its gateway without it.</summary>
    public static async Task<IKernelProcess> LeaveAsync(LaunchBench bench, KernelLaunch launch, CancellationToken cancellationToken)
    {
        await using var provisioner = new LocalKernelProvisioner(bench.Options);
        var process = (IAdoptableKernelProcess)await provisioner.LaunchAsync(launch, cancellationToken);
        await process.LeaveRunningAsync();
        return process;
    }

    /// <summary>Finds the only orphan and adopts it.</summary>
    public static async Task<IAdoptableKernelProcess> AdoptAsync(LaunchBench bench, CancellationToken cancellationToken)
    {
        var orphan = (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().ContainSingle().Which;
        return (await orphan.AdoptAsync(bench.Options, cancellationToken: cancellationToken))!;
    }

    /// <summary>Collects the process: the kernels of a gateway that has ended are collected by init, here they are still our children.</summary>
    public static void Collect(IKernelProcess process) => SpinWait.SpinUntil(() => ChildReaper.Reap(process.ProcessId) is not null);
}
