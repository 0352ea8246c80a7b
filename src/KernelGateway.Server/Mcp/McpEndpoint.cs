using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Hosting;
using KernelGateway.SandboxServices;
using ModelContextProtocol.AspNetCore;

namespace KernelGateway.Server.Mcp;

/// <summary>The MCP server over HTTP: the handlers of the SDK, with services of their own.</summary>
internal sealed class McpEndpoint : IAsyncDisposable
{
    private const int MaxIdleSessions = 200;

    // A session that its agent has left is not kept for hours.
    private static readonly TimeSpan SessionIdleTimeout = TimeSpan.FromMinutes(30);

    private readonly ServiceProvider _services;
    private readonly Dictionary<string, RequestDelegate> _handlers;
    private readonly McpAudit? _audit;

    private McpEndpoint(ServiceProvider services, Dictionary<string, RequestDelegate> handlers, McpAudit? audit)
    {
        _services = services;
        _handlers = handlers;
        _audit = audit;
    }

    public static async Task<McpEndpoint> StartAsync(IServiceProvider host)
    {
        var gateway = host.GetRequiredService<Gateway>();
        var sandbox = host.GetService<LocalSandbox>();
        var services = new ServiceCollection();

        // Instances: they stay the host's.
        services.AddSingleton(host.GetRequiredService<ILoggerFactory>());
        services.AddSingleton(host.GetRequiredService<IHostApplicationLifetime>());
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddOptions();
        var audit = HttpOptions.Create(host).Audit ? new McpAudit(host.GetRequiredService<ILoggerFactory>().CreateLogger(AuditLog.Category)) : null;
        var server = services.AddMcpServer()
            .WithHttpTransport(transport =>
            {
                // Agents of the protocol's last revision have no sessions; those before it get notifications in theirs.
                transport.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
#pragma warning disable MCP9006 // Obsolete because sessions are: clients that have them still leave them behind.
                transport.IdleTimeout = SessionIdleTimeout;
                transport.MaxIdleSessionCount = MaxIdleSessions;
#pragma warning restore MCP9006
            })
            .WithKernelGateway(_ => LocalBackend.Create(gateway, sandbox));
        if (audit is not null) server.WithRequestFilters(filters => filters.AddCallToolFilter(audit.Filter));
        var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
        return new McpEndpoint(provider, FindHandlers(provider), audit);
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (!_handlers.TryGetValue(context.Request.Method, out var handler))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = string.Join(", ", _handlers.Keys);
            return;
        }

        _audit?.Enter(context);
        var hostServices = context.RequestServices;
        await using var scope = _services.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        try
        {
            await handler(context);
        }
        finally
        {
            context.RequestServices = hostServices;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>()) await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    // The SDK maps routes; the route of the server takes their place, because routes cannot be added when the server runs.
    private static Dictionary<string, RequestDelegate> FindHandlers(ServiceProvider services)
    {
        var routes = new CollectedRoutes(services);
        routes.MapMcp("/mcp");
        var handlers = new Dictionary<string, RequestDelegate>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in routes.DataSources.SelectMany(source => source.Endpoints))
        {
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []) handlers.TryAdd(method, endpoint.RequestDelegate!);
        }

        return handlers;
    }

    private sealed class CollectedRoutes(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);
    }
}
