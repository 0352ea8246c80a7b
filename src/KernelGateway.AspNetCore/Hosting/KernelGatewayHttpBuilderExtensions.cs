using KernelGateway.AspNetCore;
using KernelGateway.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Sets how the gateway is reached over HTTP.</summary>
public static class KernelGatewayHttpBuilderExtensions
{
    /// <summary>Sets options of the HTTP surface. Without it the defaults apply: a token is needed, and one is made.</summary>
    /// <param name="builder">What <c>AddKernelGateway</c> returned.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static KernelGatewayBuilder ConfigureHttp(this KernelGatewayBuilder builder, Action<KernelGatewayHttpOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure(configure);
        return builder;
    }
}
