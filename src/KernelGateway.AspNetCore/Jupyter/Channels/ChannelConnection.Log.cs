using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Jupyter.Channels;

internal sealed partial class ChannelConnection
{
    [LoggerMessage(5301, LogLevel.Debug, "A client of kernel {KernelId} connected as session {SessionId} ({SubProtocol}).")]
    private partial void LogConnected(string kernelId, string sessionId, string subProtocol);

    [LoggerMessage(5302, LogLevel.Debug, "The client of kernel {KernelId} in session {SessionId} was disconnected: {Reason}")]
    private partial void LogDisconnected(string kernelId, string sessionId, string reason);

    [LoggerMessage(5305, LogLevel.Error, "Writing to the client of session {SessionId} failed; it is disconnected.")]
    private partial void LogFailed(Exception exception, string sessionId);

    [LoggerMessage(5306, LogLevel.Error,
        "Sending a message of session {SessionId} to its kernel failed; the client is disconnected.")]
    private partial void LogFeedFailed(Exception exception, string sessionId);

    [LoggerMessage(5304, LogLevel.Information,
        "The client of session {SessionId} reads nothing and sends nothing while bytes wait for it; its connection is aborted.")]
    private partial void LogGone(string sessionId);
}
