using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

internal sealed partial class KernelConnection
{
    [LoggerMessage(3201, LogLevel.Warning, "Messages on {Channel} were dropped: {Reason}. Messages since the last line about it: {Count}.")]
    private partial void LogDropped(KernelChannel channel, MessageDropReason reason, long count);

    [LoggerMessage(3202, LogLevel.Error, "Reading {Channel} failed; the connection to the kernel is closed.")]
    private partial void LogLoopFailed(Exception exception, KernelChannel channel);

    [LoggerMessage(3204, LogLevel.Warning, "A message of the kernel exceeded a limit of the gateway, and output was lost: {Problem}")]
    private partial void LogOutputLost(string problem);

    [LoggerMessage(3205, LogLevel.Warning, "A message of the kernel on {Channel} exceeded a limit of the gateway and was lost: {Problem}")]
    private partial void LogRefused(KernelChannel channel, string problem);

    [LoggerMessage(3206, LogLevel.Information, "The connection over which a kernel publishes its output has ended, and another one was made. Output may be lost.")]
    private partial void LogSubscribedAgain();
}
