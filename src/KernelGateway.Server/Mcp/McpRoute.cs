using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore;
using KernelGateway.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace KernelGateway.Server.Mcp;

/// <summary>Maps <c>/mcp</c>. The MCP server behind it is created at the first request, so a server without agents does not pay for it.</summary>
internal sealed class McpRoute(IServiceProvider services, IHostApplicationLifetime lifetime) : IAsyncDisposable
{
    private const string Path = "/mcp";

    // Requests of others get their preflight from the guard.
    private static readonly string[] Methods = ["GET", "POST", "DELETE", "OPTIONS"];

    private readonly Lock _lock = new();
    private Task<McpEndpoint>? _endpoint;

    /// <summary>Maps the route, with the checks of the gateway's own routes before it.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods(Path, Methods, routes.ServiceProvider.GetRequiredService<McpRoute>().InvokeAsync).AddRequestGuard(routes.ServiceProvider);

    public async ValueTask DisposeAsync()
    {
        Task<McpEndpoint>? endpoint;
        lock (_lock) endpoint = _endpoint;
        if (endpoint is { IsCompletedSuccessfully: true }) await (await endpoint).DisposeAsync();
    }

    private async Task InvokeAsync(HttpContext context)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false }) limit.MaxRequestBodySize = HttpOptions.Create(services).MaxRequestBodyBytes;

        // An agent's stream is open for as long as the agent is there; it must not delay the end of the server.
        await using var stopping = lifetime.ApplicationStopping.UnsafeRegister(static state => ((HttpContext)state!).Abort(), context);
        var endpoint = await GetAsync();
        await endpoint.InvokeAsync(context);
    }

    private Task<McpEndpoint> GetAsync()
    {
        lock (_lock)
        {
            // A failure is not kept: the next request tries again.
            if (_endpoint is null or { IsFaulted: true }) _endpoint = CreateAsync();
            return _endpoint;
        }
    }

    // The libraries of MCP are loaded when this is called first.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Task<McpEndpoint> CreateAsync() => McpEndpoint.StartAsync(services);
}
