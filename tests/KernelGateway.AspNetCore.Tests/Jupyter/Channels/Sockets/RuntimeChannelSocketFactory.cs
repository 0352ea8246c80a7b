using System.Net.WebSockets;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels.Sockets;

/// <summary>
/// Creates channel sockets over the WebSocket of the runtime. This shows that <see cref="IChannelSocket"/> has everything that a replacement of
/// the gateway's own WebSocket needs.
/// </summary>
internal sealed class RuntimeChannelSocketFactory : IChannelSocketFactory
{
    public WebSocketRefusal? Check(HttpContext context) => WebSocketUpgrade.Check(context);

    public async Task<IChannelSocket> AcceptAsync(HttpContext context, string? subProtocol, ChannelSocketOptions options)
    {
        var stream = await WebSocketUpgrade.UpgradeAsync(context, subProtocol);
        var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = subProtocol });
        return new RuntimeChannelSocket(socket, context.Abort, options);
    }
}
