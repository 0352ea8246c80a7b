using System.Globalization;
using System.Net.WebSockets;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Why the gateway closes a client's WebSocket.</summary>
/// <param name="Status">The close code (RFC 6455, 7.4). JupyterLab does not reconnect after 1000 and 1001; after other codes it
/// does.</param>
/// <param name="Text">The reason; a close frame has room for 123 bytes of it.</param>
/// <param name="SendsRest">Whether the client gets the waiting messages first.</param>
internal sealed record ChannelCloseReason(WebSocketCloseStatus Status, string Text, bool SendsRest)
{
    // 1013 (try again later) would fit best. It was registered after RFC 6455, and Python's websocket-client treats it as a
    // violation.
    private const WebSocketCloseStatus TooSlow = WebSocketCloseStatus.PolicyViolation;

    private static readonly TimeSpan UsualGrace = TimeSpan.FromSeconds(5);

    /// <summary>Gets the time in which a slow client has to read the messages in flight and the close frame.</summary>
    public static TimeSpan LongestGrace { get; } = TimeSpan.FromSeconds(30);

    public static ChannelCloseReason Replaced { get; } =
        new(WebSocketCloseStatus.NormalClosure, "Replaced by a newer connection with the same session_id.", SendsRest: false);

    public static ChannelCloseReason Stopping { get; } = new(WebSocketCloseStatus.EndpointUnavailable, "The gateway is stopping.", SendsRest: true);

    /// <summary>Gets the time in which the client has to answer the close frame.</summary>
    public TimeSpan Grace => Status == TooSlow ? LongestGrace : UsualGrace;

    public static ChannelCloseReason KernelGone(string? why) =>
        new(WebSocketCloseStatus.NormalClosure, why ?? "The kernel was shut down.", SendsRest: true);

    public static ChannelCloseReason Slow(long waiting, bool isResumable) => new(
        TooSlow,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Too slow: {waiting >> 20} MiB of messages wait. {(isResumable ? "Reconnect with the same session_id to continue." : "Connect with a session_id to be able to resume.")}"),
        SendsRest: false);
}
