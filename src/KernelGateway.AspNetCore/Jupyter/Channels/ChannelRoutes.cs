using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.AspNetCore.Responses;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>The route of the kernels' channels, with its description.</summary>
internal static class ChannelRoutes
{
    private const string Pattern = "/api/kernels/{id}/channels";

    public static void Map(RouteTable routes, HttpSurface surface)
    {
        var endpoint = new ChannelsEndpoint(surface);
        routes.Map("GET", Pattern, endpoint.HandleAsync)
            .Describe(
                "jupyter_kernel_channels",
                "Opens a WebSocket to a kernel's channels: shell, control, stdin and iopub.",
                "With the subprotocol `v1.kernel.websocket.jupyter.org`, or in Jupyter's legacy protocol without one. A client that names a session and "
                + "loses its connection gets the messages that it missed when it reconnects with the same name. Close codes: 1000 the kernel is gone or a newer "
                + "connection uses the session, 1001 the gateway is stopping, 1009 a message was too long, 1008 the client reads too slowly and may reconnect.")
            .Query("session_id", "The client's session, which it can resume.", "string")
            .Query("last_message_id", "The `msg_id` of the last message that the client received, for a reconnect: the next one follows, and none is repeated.", "string")
            .Answers<Nothing>(101, null, "The connection is a WebSocket.")
            .Answers<JupyterErrorBody>(400, JsonAnswer.MediaType, "The request is not a WebSocket handshake.")
            .Answers<JupyterErrorBody>(404, JsonAnswer.MediaType, "There is no kernel with this id.")
            .Answers<JupyterErrorBody>(426, JsonAnswer.MediaType, "The WebSocket version is not 13.");

        // WebSockets over HTTP/2 (RFC 8441).
        routes.MapHidden(HttpMethods.Connect, Pattern, endpoint.HandleAsync);
    }
}
