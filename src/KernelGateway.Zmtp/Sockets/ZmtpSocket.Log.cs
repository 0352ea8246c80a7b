using Microsoft.Extensions.Logging;

namespace KernelGateway.Zmtp.Sockets;

public abstract partial class ZmtpSocket
{
    private ILogger Logger => Options.Logger;

    private void LogConnected(string endpoint, byte major, byte minor) => LogConnected(Logger, Type.ToString(), endpoint, major, minor);

    private void LogConnectFailed(string endpoint, string reason) => LogConnectFailed(Logger, Type.ToString(), endpoint, reason);

    private void LogEnded(string endpoint, ZmtpConnectionEndReason reason, string? detail) =>
        LogEnded(Logger, Type.ToString(), endpoint, reason, detail);

    private void LogHandlerFailed(Exception exception) => LogHandlerFailed(Logger, exception);

    [LoggerMessage(1001, LogLevel.Debug, "{SocketType} socket connected at {Endpoint}, peer speaks ZMTP {Major}.{Minor}.")]
    private static partial void LogConnected(ILogger logger, string socketType, string endpoint, byte major, byte minor);

    [LoggerMessage(1002, LogLevel.Debug, "{SocketType} socket could not connect to {Endpoint}: {Reason}")]
    private static partial void LogConnectFailed(ILogger logger, string socketType, string endpoint, string reason);

    [LoggerMessage(1003, LogLevel.Debug, "{SocketType} socket's connection at {Endpoint} ended: {Reason} {Detail}")]
    private static partial void LogEnded(
        ILogger logger, string socketType, string endpoint, ZmtpConnectionEndReason reason, string? detail);

    [LoggerMessage(1004, LogLevel.Error, "A handler of ConnectionChanged threw.")]
    private static partial void LogHandlerFailed(ILogger logger, Exception exception);
}
