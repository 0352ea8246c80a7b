using KernelGateway.NetMQ.Sockets;
using KernelGateway.Protocol.Connection;
using KernelGateway.Transports;

namespace KernelGateway.NetMQ;

/// <summary>Carries the messages of kernels over NetMQ's sockets, TCP only.</summary>
/// <remarks>
/// NetMQ's sockets belong to one thread. Those of all kernels of this transport share one, which runs while there are kernels. NetMQ has two
/// more threads for the whole process; they end with <c>NetMQConfig.Cleanup</c>, which only the program itself can call.
/// <para>
/// A peer that sends an empty command after the handshake ends a process that uses NetMQ 4.0.4.5. The default transport survives such kernels.
/// </para>
/// </remarks>
public sealed class NetMQTransport : IChannelTransport
{
    private readonly SharedSocketThread _thread = new();

    /// <inheritdoc/>
    public string Name => "NetMQ";

    /// <inheritdoc/>
    public string? FindProblem(KernelTransport addresses) => addresses switch
    {
        KernelTransport.Tcp => null,
        KernelTransport.Ipc => "NetMQ's ipc:// is loopback TCP by another name, and cannot reach a kernel's Unix socket.",
        _ => "NetMQ reaches kernels over TCP only; inproc:// connects sockets of one implementation of ZeroMQ within a process.",
    };

    /// <inheritdoc/>
    public IKernelChannels Open(KernelConnectionInfo kernel, KernelChannelsOptions options)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(options);
        return FindProblem(kernel.Transport) is { } problem
            ? throw new NotSupportedException(problem)
            : new NetMQChannels(kernel, options, _thread);
    }
}
