using KernelGateway.Executions;
using KernelGateway.Guarding;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Memory;
using KernelGateway.RichData;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>The services that the contexts of one gateway share.</summary>
internal sealed record ContextServices(
    ContextOptions ContextOptions,
    KernelOptions KernelOptions,
    PythonRichData RichData,
    SharedVariables Variables,
    ExecutionRegistry Executions,
    JournalStore Journals,
    MemoryAccount Memory,
    KernelChannelOpener Channels,
    GatewayTelemetry Telemetry,
    ILogger Logger,
    TimeProvider Time)
{
    /// <summary>Creates the source of a kernel's processes.</summary>
    /// <param name="launch">How they are launched.</param>
    /// <param name="provisioner">What launches them.</param>
    /// <param name="adopted">A process that a previous gateway left, which is the first one; null for none.</param>
    public LaunchedKernelSource CreateSource(KernelLaunch launch, GuardedProvisioner provisioner, IKernelProcess? adopted = null) =>
        new(launch, provisioner, Variables, KernelOptions, Telemetry, Channels, Logger, Time, adopted);
}
