using System.Net.WebSockets;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KernelGateway.AspNetCore.Tests.WebSockets;

/// <summary>A WebSocket endpoint on Kestrel with a free loopback port. The test provides the handler of the connections.</summary>
internal sealed class WebSocketServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebSocketServer(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public Uri Address => new($"ws://127.0.0.1:{Port}/");

    /// <summary>Gets the result of each connection's handler: null, or its exception.</summary>
    public AwaitableLog<Exception?> Ended { get; } = new();

    public static async Task<WebSocketServer> StartAsync(
        ServerSockets stack,
        Func<WebSocketConnection, Task> handle,
        WebSocketConnectionOptions? options = null,
        string? subProtocol = null,
        HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (stack == ServerSockets.DrainingSockets) builder.WebHost.UseKernelGatewaySockets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
        var server = new WebSocketServer(builder.Build());
        server._app.Run(context => server.ServeAsync(context, handle, options ?? new WebSocketConnectionOptions(), subProtocol));
        await server._app.StartAsync();
        return server;
    }

    public async Task<ClientWebSocket> ConnectAsync(CancellationToken token, Action<ClientWebSocketOptions>? options = null)
    {
        var client = new ClientWebSocket();
        options?.Invoke(client.Options);
        await client.ConnectAsync(Address, token);
        return client;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(
        HttpContext context, Func<WebSocketConnection, Task> handle, WebSocketConnectionOptions options, string? subProtocol)
    {
        if (WebSocketUpgrade.Check(context) is { } refusal)
        {
            context.Response.StatusCode = refusal.StatusCode;
            refusal.WriteHeaders(context.Response);
            await context.Response.WriteAsync(refusal.Message);
            return;
        }

        Exception? failure = null;
        var stream = await WebSocketUpgrade.UpgradeAsync(context, subProtocol);
        await using (var connection = new WebSocketConnection(stream, context.Abort, subProtocol, options))
        {
            try
            {
                await handle(connection);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }

        Ended.Add(failure);
    }
}
