using KernelGateway;
using KernelGateway.Client;
using KernelGateway.Client.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of a gateway with a service collection.</summary>
public static class KernelGatewayClientServiceCollectionExtensions
{
    /// <summary>The name of the HTTP client that <see cref="AddKernelGatewayClient"/> registers.</summary>
    public const string HttpClientName = "KernelGateway.Client";

    /// <summary>
    /// Registers a <see cref="GatewayClient"/>, also as <see cref="ICodeInterpreter"/>, whose HTTP client is that of <c>IHttpClientFactory</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options: the address and the token.</param>
    /// <returns>The builder of the HTTP client, for handlers of one's own: certificates, a proxy, logging.</returns>
    /// <remarks>
    /// Requests are repeated by the client where that is safe. A handler that repeats requests too, as the standard resilience handler of
    /// Microsoft.Extensions.Http.Resilience, would repeat others.
    /// </remarks>
    public static IHttpClientBuilder AddKernelGatewayClient(this IServiceCollection services, Action<GatewayClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<GatewayClientOptions>();
        if (configure is not null) options.Configure(configure);
        services.TryAddTransient(provider => Create(provider));
        services.TryAddTransient<ICodeInterpreter>(provider => provider.GetRequiredService<GatewayClient>());
        return services.AddHttpClient(HttpClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(DefaultHttpClient.CreateHandler);
    }

    private static GatewayClient Create(IServiceProvider provider)
    {
        var configured = provider.GetRequiredService<IOptions<GatewayClientOptions>>().Value;
        if (configured.HttpClient is not null) return new GatewayClient(configured);
        return new GatewayClient(configured.With(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName), provider.GetService<TimeProvider>()));
    }
}
