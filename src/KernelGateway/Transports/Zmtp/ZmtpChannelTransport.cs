using KernelGateway.Protocol.Connection;

namespace KernelGateway.Transports.Zmtp;

/// <summary>The default transport: the sockets of <c>KernelGateway.Zmtp</c>, over TCP, Unix sockets and the memory of the process.</summary>
internal sealed class ZmtpChannelTransport : IChannelTransport
{
    public static ZmtpChannelTransport Instance { get; } = new();

    public string Name => "KernelGateway.Zmtp";

    public string? FindProblem(KernelTransport addresses) => null;

    public IKernelChannels Open(KernelConnectionInfo kernel, KernelChannelsOptions options) => new ZmtpChannels(kernel, options);
}
