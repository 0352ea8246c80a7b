using System.Runtime.CompilerServices;
using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The clients of all kernels.</summary>
internal sealed class ChannelHub(KernelChannelOptions options, TimeProvider time, ILogger logger, Func<Gateway> gateway)
{
    private readonly Lock _gate = new();

    // A kernel id may be reused; a Kernel object is not.
    private readonly ConditionalWeakTable<Kernel, KernelChannels> _byKernel = [];

    private ChannelResources? _resources;
    private long _lastNumber;

    /// <summary>Returns the next number in the order of the connection requests.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Returns the clients of a kernel.</summary>
    public KernelChannels GetChannels(Kernel kernel)
    {
        // Two created at the same time would both observe the kernel.
        lock (_gate)
        {
            // The gateway exists once the host has started. Asked for once: a connection can outlive the services of the host.
            _resources ??= CreateResources(gateway());
            if (!_byKernel.TryGetValue(kernel, out var channels)) _byKernel.Add(kernel, channels = new KernelChannels(kernel, _resources));
            return channels;
        }
    }

    private ChannelResources CreateResources(Gateway started) =>
        new(options, time, started.Memory, started.Telemetry, new ChannelFaultLog(logger, time, started.Telemetry));
}

/// <summary>The state shared by the clients of all kernels.</summary>
internal sealed class ChannelResources(
    KernelChannelOptions options, TimeProvider time, MemoryAccount memory, GatewayTelemetry telemetry, ChannelFaultLog faults)
{
    public KernelChannelOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    public MemoryAccount Memory { get; } = memory;

    public GatewayTelemetry Telemetry { get; } = telemetry;

    public ChannelFaultLog Faults { get; } = faults;

    public AwaySessions Away { get; } = new(memory);
}
