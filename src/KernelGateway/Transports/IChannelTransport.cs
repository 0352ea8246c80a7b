using KernelGateway.Protocol.Connection;

namespace KernelGateway.Transports;

/// <summary>Carries the messages between the gateway and its kernels: an implementation of ZeroMQ's sockets.</summary>
/// <remarks>
/// The default is the gateway's own (<c>KernelGateway.Zmtp</c>). A host replaces it with <see cref="GatewayBuilder.UseTransport"/> or
/// <see cref="Hosting.KernelGatewayBuilder.UseTransport{T}"/>. The members are called by any thread, also at the same time.
/// </remarks>
public interface IChannelTransport
{
    /// <summary>Gets its name, for the log.</summary>
    string Name { get; }

    /// <summary>Returns why it cannot reach kernels that listen at addresses of a kind; null when it can.</summary>
    /// <param name="addresses">The kind of addresses.</param>
    /// <returns>A sentence for people, or null.</returns>
    string? FindProblem(KernelTransport addresses);

    /// <summary>Creates the channels of one kernel. Nothing is connected yet.</summary>
    /// <param name="kernel">The addresses of the kernel. It may not listen there yet.</param>
    /// <param name="options">What the channels must keep to.</param>
    /// <returns>The channels, which the caller disposes.</returns>
    IKernelChannels Open(KernelConnectionInfo kernel, KernelChannelsOptions options);
}
