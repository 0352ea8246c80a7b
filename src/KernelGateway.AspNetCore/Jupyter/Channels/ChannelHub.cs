using System.Runtime.CompilerServices;
using KernelGateway.Kernels;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The clients of all kernels.</summary>
internal sealed class ChannelHub(KernelChannelOptions options, TimeProvider time)
{
    // A kernel id may come again; the kernel behind it does not.
    private readonly ConditionalWeakTable<Kernel, KernelChannels> _byKernel = [];

    private long _lastNumber;

    /// <summary>Gives the next number in the order in which clients ask for connections.</summary>
    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Gives the clients of a kernel.</summary>
    public KernelChannels Of(Kernel kernel) => _byKernel.GetValue(kernel, one => new KernelChannels(one, options, time));
}
