using System.Net.WebSockets;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels.Sockets;

/// <summary>
/// Implements the channels' sockets with the WebSocket of the runtime. It proves that <see cref="IChannelSocket"/> is enough to
/// replace ours.
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
