using KernelGateway.Memory;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Opens the channels of kernels, with the transport, the memory account, the log and the clock of one gateway.</summary>
internal sealed class KernelChannelOpener(IChannelTransport transport, MemoryAccount memory, ILogger logger, TimeProvider time)
{
    /// <summary>Opens the channels of one kernel.</summary>
    /// <param name="kernel">The addresses of the kernel.</param>
    /// <param name="routingId">The routing id, in ASCII.</param>
    /// <exception cref="KernelLaunchException">The transport cannot reach such addresses.</exception>
    public IKernelChannels Open(KernelConnectionInfo kernel, string routingId)
    {
        if (transport.FindProblem(kernel.Transport) is { } problem)
            throw new KernelLaunchException(LaunchFailureReason.AddressNotSupported, kernel.KernelName ?? "", problem);
        return transport.Open(kernel, new KernelChannelsOptions
        {
            RoutingId = routingId,
            Budget = memory.ReceivedMessages,
            TimeProvider = time,
            Logger = logger,
        });
    }
}
