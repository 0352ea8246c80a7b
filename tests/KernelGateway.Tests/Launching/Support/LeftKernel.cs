using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.Monitoring;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>A kernel that keeps running after its gateway has ended.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class LeftKernel
{
    /// <summary>Launches a kernel and ends its gateway without ending the kernel.</summary>
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

    /// <summary>Reaps the process. Init reaps the kernels of a gateway that has exited; here they are still children of the test process.</summary>
    public static void Collect(IKernelProcess process) => SpinWait.SpinUntil(() => ChildReaper.Reap(process.ProcessId) is not null);
}
