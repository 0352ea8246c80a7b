using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Protocol.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary><c>GET /api/kernels/{id}/channels</c>: the WebSocket between a client and a kernel.</summary>
internal sealed class ChannelsEndpoint(HttpSurface surface)
{
    private readonly KernelChannelOptions _options = surface.Options.Channels;
    private readonly ChannelHub _hub = new(surface.Options.Channels, surface.Time, surface.Logger, () => surface.Gateway);

    public async Task HandleAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        if (surface.Gateway.Contexts.Find(id) is not { } found)
        {
            await JupyterError.KernelNotFoundAsync(context, surface.Gateway.Contexts, id);
            return;
        }

        var sockets = context.RequestServices.GetService<IChannelSocketFactory>() ?? ChannelSocketFactory.Instance;
        if (sockets.Check(context) is { } refusal)
        {
            refusal.WriteHeaders(context.Response);
            await JupyterError.WriteAsync(context, refusal.StatusCode, refusal.Message);
            return;
        }

        // Counted before the handshake is answered: a client that knows it is connected may ask for the number of connections.
        using var counted = found.Kernel.Activity.AddConnection();
        var subProtocol = KernelWebSocketProtocol.Negotiate(context.Request.Headers.SecWebSocketProtocol);
        var query = context.Request.Query;

        // The number is taken before anything is awaited: two requests may be answered in the reverse of their order.
        var connection = new ChannelConnection(
            _hub.NextNumber(), AcceptAsync, KernelWebSocketCodec.For(subProtocol), _hub.GetChannels(found.Kernel), surface.Logger);
        if (surface.Audit.IsOn)
        {
            var caller = AuditCaller.From(context);
            connection.Accepted = message => surface.Audit.Submitted(caller, found.Id, message);
        }

        await connection.RunAsync(NullIfEmpty(query["session_id"]), NullIfEmpty(query["last_message_id"]), counted, surface.Stopping);

        Task<IChannelSocket> AcceptAsync(Action<long?> onPong) => sockets.AcceptAsync(context, subProtocol, new ChannelSocketOptions
        {
            MaxMessageBytes = _options.MaxMessageBytes,
            CloseTimeout = ChannelCloseReason.LongestGrace,
            Time = surface.Time,
            Memory = surface.Gateway.Memory,
            OnPong = onPong,
        });
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
