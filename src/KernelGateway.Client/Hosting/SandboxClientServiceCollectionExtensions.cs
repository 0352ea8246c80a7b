using KernelGateway.Client;
using KernelGateway.Client.Http;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of sandboxes with a service collection.</summary>
public static class SandboxClientServiceCollectionExtensions
{
    /// <summary>The name of the HTTP client that <see cref="AddSandboxClient"/> registers.</summary>
    public const string HttpClientName = "KernelGateway.Client.Sandboxes";

    /// <summary>Registers a <see cref="SandboxClient"/> whose HTTP client is that of <c>IHttpClientFactory</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options: where the service is, and the key. What is not set comes from the environment.</param>
    /// <returns>The builder of the HTTP client, for handlers of one's own: certificates, a proxy, logging.</returns>
    public static IHttpClientBuilder AddSandboxClient(this IServiceCollection services, Action<SandboxClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<SandboxClientOptions>();
        if (configure is not null) options.Configure(configure);
        services.TryAddTransient(Create);
        return services.AddHttpClient(HttpClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(DefaultHttpClient.CreateHandler);
    }

    private static SandboxClient Create(IServiceProvider provider)
    {
        var configured = provider.GetRequiredService<IOptions<SandboxClientOptions>>().Value;
        if (configured.HttpClient is not null) return new SandboxClient(configured);
        return new SandboxClient(configured.With(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName), provider.GetService<TimeProvider>()));
    }
}
