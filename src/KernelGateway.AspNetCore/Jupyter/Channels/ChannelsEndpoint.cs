using KernelGateway.AspNetCore.WebSockets;
using KernelGateway.Logging;
using KernelGateway.Protocol.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary><c>GET /api/kernels/{id}/channels</c>: the WebSocket between a client and a kernel.</summary>
internal sealed partial class ChannelsEndpoint
{
    private readonly HttpSurface _surface;
    private readonly KernelChannelOptions _options;
    private readonly ChannelHub _hub;
    private readonly ILogger _logger;

    // Of all clients together: one that comes back again and again fills the log no faster.
    private readonly RateLimitedLog<WebSocketDropReason> _drops;

    public ChannelsEndpoint(HttpSurface surface)
    {
        _surface = surface;
        _options = surface.Options.Channels;
        _hub = new ChannelHub(_options, surface.Time);
        _logger = surface.Logger;
        _drops = new((reason, sessionId, count) => LogDropped(reason, sessionId, count), surface.Time);
    }

    public async Task HandleAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        if (_surface.Gateway.Contexts.Find(id) is not { } found)
        {
            await JupyterError.KernelNotFoundAsync(context, _surface.Gateway.Contexts, id);
            return;
        }

        if (WebSocketUpgrade.Check(context) is { } refusal)
        {
            refusal.WriteHeaders(context.Response);
            await JupyterError.WriteAsync(context, refusal.StatusCode, refusal.Message);
            return;
        }

        // Before anything is waited for: the answer to a request that came earlier may be sent later.
        var number = _hub.NextNumber();
        ChannelConnection? connection = null;

        // Likewise: who knows that it is connected may ask how many are.
        using var counted = found.Kernel.Activity.AddConnection();
        var subProtocol = KernelWebSocketProtocol.Negotiate(context.Request.Headers.SecWebSocketProtocol);
        await using var socket = await WebSocketUpgrade.AcceptAsync(context, subProtocol, new WebSocketConnectionOptions
        {
            MaxMessageBytes = _options.MaxMessageBytes,
            CloseTimeout = ChannelCloseReason.LongestGrace,
            Time = _surface.Time,
            OnPong = payload => connection?.OnPong(payload),
        });
        connection = new ChannelConnection(
            number, socket, KernelWebSocketCodec.For(subProtocol), _hub.Of(found.Kernel), _options, _surface.Logger, _drops);
        var query = context.Request.Query;
        await connection.RunAsync(NullIfEmpty(query["session_id"]), NullIfEmpty(query["last_message_id"]), counted, _surface.Stopping);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [LoggerMessage(5303, LogLevel.Warning,
        "Messages of WebSocket clients were dropped: {Reason}. Messages since the last line about it: {Count}. The last one was of session '{SessionId}'.")]
    private partial void LogDropped(WebSocketDropReason reason, string sessionId, long count);
}
