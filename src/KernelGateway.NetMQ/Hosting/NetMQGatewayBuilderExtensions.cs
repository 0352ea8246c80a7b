using KernelGateway.NetMQ;

namespace KernelGateway;

/// <summary>Makes the gateways of a builder use NetMQ.</summary>
public static class NetMQGatewayBuilderExtensions
{
    /// <summary>Connects kernels over NetMQ, in place of the gateway's own implementation of ZMTP.</summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// NetMQ reaches kernels over TCP only. A kernel that sends an empty command after the handshake ends a process that uses NetMQ 4.0.4.5: use
    /// it with kernels that can be trusted.
    /// </remarks>
    public static GatewayBuilder UseNetMQ(this GatewayBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseTransport(new NetMQTransport());
    }
}
