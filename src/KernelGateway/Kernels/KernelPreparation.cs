using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>Runs code of the gateway's own in a fresh process: what it needs before it is ready, then what it is better with.</summary>
internal sealed partial class KernelPreparation(KernelInstance instance, ILogger logger)
{
    // A kernel aborts what waits when code of another client has failed.
    private const int MaxAttempts = 3;

    private readonly ILogger _logger = logger;

    /// <summary>Gets a task that completes when what <see cref="Begin"/> sent has been answered, or need not be waited for. It never faults.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Runs what the kernel needs to have run before anything else.</summary>
    /// <exception cref="KernelClosedException">The kernel ended meanwhile.</exception>
    public async Task RunFirstAsync(string code, CancellationToken cancellationToken)
    {
        try
        {
            await instance.RunSilentlyAsync(code, cancellationToken, instance.SilentCodeTimeout).ConfigureAwait(false);
        }
        catch (KernelRequestException)
        {
            // It answers kernel_info and is slow beyond the limits of a start: what it is asked next will show.
        }
    }

    /// <summary>Sends code ahead of everybody's; the kernel is right without it.</summary>
    public void Begin(string? code) => Done = code is null ? Task.CompletedTask : RunAsync(code);

    private async Task RunAsync(string code)
    {
        try
        {
            for (var attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                var reply = await instance.RunSilentlyAsync(code, CancellationToken.None).ConfigureAwait(false);
                if (reply.Status == ReplyStatus.Ok) return;
                LogFailed(reply.Status.ToString());
                if (reply.Status != ReplyStatus.Aborted) return;
            }
        }
        catch (Exception exception)
        {
            // It has ended, or so slow that the code is still ahead of whatever comes next.
            LogFailed(exception.Message);
        }
    }

    [LoggerMessage(3303, LogLevel.Debug, "Code that prepares the kernel failed: {Reason}")]
    private partial void LogFailed(string reason);
}
