using KernelGateway.Hosting;
using KernelGateway.NetMQ;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes the gateway of a host use NetMQ.</summary>
public static class NetMQKernelGatewayBuilderExtensions
{
    /// <summary>Connects kernels over NetMQ, in place of the gateway's own implementation of ZMTP.</summary>
    /// <param name="builder">What <c>AddKernelGateway</c> returned.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// NetMQ reaches kernels over TCP only. A kernel that sends an empty command after the handshake ends a process that uses NetMQ 4.0.4.5: use
    /// it with kernels that can be trusted.
    /// </remarks>
    public static KernelGatewayBuilder UseNetMQ(this KernelGatewayBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseTransport<NetMQTransport>();
    }
}
