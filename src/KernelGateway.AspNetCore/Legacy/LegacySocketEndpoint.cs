using System.Collections.Concurrent;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Errors;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Legacy.Rpc;
using KernelGateway.AspNetCore.Legacy.Services;
using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.SandboxServices;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Legacy;

/// <summary><c>GET /ws</c>: JSON-RPC over a WebSocket. <c>DELETE /ws</c> closes all of them.</summary>
internal sealed class LegacySocketEndpoint
{
    // A file of 24 MiB in base64, and the object around it.
    private const int MaxMessageBytes = 64 << 20;

    private readonly HttpSurface _surface;
    private readonly IRpcService[] _services;
    private readonly ConcurrentDictionary<RpcConnection, bool> _open = new();

    public LegacySocketEndpoint(HttpSurface surface, LocalSandbox sandbox)
    {
        _surface = surface;
        _services =
        [
            new FilesystemMethods(surface, sandbox, ReadKernelIdAsync),
            new ProcessMethods(surface, sandbox),
            new TerminalMethods(surface, sandbox),
            new PortMethods(surface.Time),
        ];
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (WebSocketUpgrade.Check(context) is { } refusal)
        {
            refusal.WriteHeaders(context.Response);
            await Refusal.WriteAsync(context, refusal.StatusCode, ProblemCodes.MalformedRequest, refusal.Message);
            return;
        }

        await using var connection = new RpcConnection(
            _services, AuditCaller.From(context), _surface.Gateway.Memory, _surface.Time, _surface.Logger);
        var stream = await WebSocketUpgrade.UpgradeAsync(context, subProtocol: null);
        await using var socket = new WebSocketConnection(stream, context.Abort, null, new WebSocketConnectionOptions
        {
            MaxMessageBytes = MaxMessageBytes,
            Memory = _surface.Gateway.Memory,
            Time = _surface.Time,
            OnPong = connection.OnPong,
        });
        var running = connection.RunAsync(socket, _surface.Stopping);
        _open[connection] = true;
        try
        {
            await running;
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }

    /// <summary>Answers the calls that run with an error and closes all connections. The control plane calls it before it ends this sandbox.</summary>
    public async Task CloseAllAsync(HttpContext context)
    {
        await Task.WhenAll(_open.Keys.Select(connection => connection.CloseAsync("The sandbox is ending.")));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task<string> ReadKernelIdAsync() => (await _surface.Gateway.Contexts.GetOrCreateDefaultAsync()).Id + "\n";
}
