using System.Runtime.CompilerServices;
using KernelGateway.Kernels;
using KernelGateway.Memory;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The clients of all kernels.</summary>
internal sealed class ChannelHub(KernelChannelOptions options, TimeProvider time, Func<MemoryAccount> memory)
{
    private readonly Lock _gate = new();

    // A kernel id may come again; the kernel behind it does not.
    private readonly ConditionalWeakTable<Kernel, KernelChannels> _byKernel = [];

    private ChannelResources? _resources;
    private long _lastNumber;

    /// <summary>Gives the next number in the order in which clients ask for connections.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Gives the clients of a kernel.</summary>
    public KernelChannels Of(Kernel kernel)
    {
        // Two that are made at once would both observe the kernel.
        lock (_gate)
        {
            // The gateway, and with it its account, exists once the host has started.
            _resources ??= new ChannelResources(options, time, memory());
            if (!_byKernel.TryGetValue(kernel, out var channels)) _byKernel.Add(kernel, channels = new KernelChannels(kernel, _resources));
            return channels;
        }
    }
}

/// <summary>What the clients of all kernels share.</summary>
internal sealed class ChannelResources(KernelChannelOptions options, TimeProvider time, MemoryAccount memory)
{
    public KernelChannelOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    public MemoryAccount Memory { get; } = memory;

    public AwaySessions Away { get; } = new(memory);
}
