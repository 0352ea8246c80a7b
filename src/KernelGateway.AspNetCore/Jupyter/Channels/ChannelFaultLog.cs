using System.Net.WebSockets;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.Logging;
using KernelGateway.Protocol;
using KernelGateway.Protocol.WebSockets;
using KernelGateway.Telemetry;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

/// <summary>Logs and counts faults of clients and kernels on the WebSockets; the log has rate limits.</summary>
/// <remarks>The limits are shared by all clients: a client that reconnects again and again does not fill the log.</remarks>
internal sealed partial class ChannelFaultLog
{
    private readonly ILogger _logger;
    private readonly GatewayTelemetry _telemetry;
    private readonly RateLimitedLog<WebSocketDropReason> _drops;
    private readonly RateLimitedLog<WebSocketCloseStatus> _violations;
    private readonly RateLimitedLog<string> _refusals;
    private readonly RateLimitedLog<KernelChannel> _unreadable;

    public ChannelFaultLog(ILogger logger, TimeProvider time, GatewayTelemetry telemetry)
    {
        _logger = logger;
        _telemetry = telemetry;
        _drops = new((reason, sessionId, count) => LogDropped(reason, sessionId, count), time);
        _violations = new((status, detail, count) => LogViolation((int)status, count, detail), time);
        _refusals = new((name, detail, count) => LogRefused(name, count, detail), time);
        _unreadable = new((channel, sessionId, count) => LogUnreadable(channel, count, sessionId), time);
    }

    /// <summary>Counts a frame of a client that is not a message.</summary>
    public void Dropped(WebSocketDropReason reason, string sessionId)
    {
        _telemetry.OnMessageDropped(DropStage.ClientInput, reason);
        _drops.Add(reason, sessionId);
    }

    /// <summary>Counts a client that violated the WebSocket protocol or a limit and is disconnected.</summary>
    public void Violated(ChannelSocketError error, string sessionId) =>
        _violations.Add(error.Status, $"{error.Message} Session '{sessionId}'.");

    /// <summary>Counts a client's message that is not sent to the kernel; the client gets an error.</summary>
    public void Refused(RequestRefusal refusal, string sessionId)
    {
        _telemetry.OnMessageDropped(DropStage.ClientInput, DropReason.Refused);
        _refusals.Add(refusal.Name, $"{refusal.Text} Session '{sessionId}'.");
    }

    /// <summary>Counts a kernel's message that clients could not parse; the client gets a notice.</summary>
    public void Unreadable(KernelChannel channel, string sessionId)
    {
        _telemetry.OnMessageDropped(DropStage.ClientOutput, DropReason.UnreadableContent);
        _unreadable.Add(channel, sessionId);
    }

    [LoggerMessage(5303, LogLevel.Warning,
        "Messages of WebSocket clients were dropped: {Reason}. Messages since the last line about it: {Count}. The last one was of session '{SessionId}'.")]
    private partial void LogDropped(WebSocketDropReason reason, string sessionId, long count);

    [LoggerMessage(5160, LogLevel.Warning,
        "WebSocket clients violated the protocol or a limit and are disconnected with {Status}. Connections since the last line about it: {Count}. The last one: {Detail}")]
    private partial void LogViolation(int status, long count, string detail);

    [LoggerMessage(5161, LogLevel.Warning,
        "Messages of WebSocket clients were not sent to their kernel and answered with {Error}. Messages since the last line about it: {Count}. The last one: {Detail}")]
    private partial void LogRefused(string error, long count, string detail);

    [LoggerMessage(5162, LogLevel.Warning,
        "Messages of kernels on {Channel} are not JSON, or nested too deep, and were dropped. Messages since the last line about it: {Count}. The last one was for session '{SessionId}'.")]
    private partial void LogUnreadable(KernelChannel channel, long count, string sessionId);
}
