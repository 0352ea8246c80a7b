using KernelGateway.Mcp;
using KernelGateway.Tools;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelContextProtocol.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the tools of the gateway to an MCP server.</summary>
public static class KernelGatewayMcpServerBuilderExtensions
{
    /// <summary>Adds the tools and resources of a gateway to the MCP server, whatever its transport.</summary>
    /// <param name="builder">The builder that <c>AddMcpServer</c> returned.</param>
    /// <param name="backend">Gives what the tools work on. It is called once.</param>
    /// <param name="options">Limits of time and of results; null for the defaults.</param>
    /// <returns>The builder.</returns>
    public static IMcpServerBuilder WithKernelGateway(
        this IMcpServerBuilder builder, Func<IServiceProvider, McpBackend> backend, CodeToolsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(backend);
        builder.Services.TryAddSingleton(services => new KernelGatewayMcp(backend(services), options, services.GetService<TimeProvider>()));
        builder.Services.AddOptions<McpServerOptions>().Configure<KernelGatewayMcp>((server, mcp) => mcp.ApplyTo(server));
        return builder;
    }
}
