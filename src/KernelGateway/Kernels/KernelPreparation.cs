using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Kernels;

/// <summary>
/// Runs code of the gateway in a new process: first the code that the kernel needs before it is ready, then the preparation for
/// rich data and guards.
/// </summary>
internal sealed partial class KernelPreparation(KernelInstance instance, ILogger logger)
{
    private readonly ILogger _logger = logger;

    /// <summary>
    /// Gets a task that completes when what <see cref="Begin"/> sent has been answered, or need not be awaited. It never fails.
    /// </summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Runs the code that the kernel needs before all other code.</summary>
    /// <exception cref="KernelClosedException">The kernel ended meanwhile.</exception>
    public async Task RunFirstAsync(string code, CancellationToken cancellationToken)
    {
        try
        {
            await instance.RunSilentlyPastAbortsAsync(code, cancellationToken, instance.SilentCodeTimeout).ConfigureAwait(false);
        }
        catch (KernelRequestException)
        {
            // It answers kernel_info but is too slow for the limit of a start; the next request will show its state.
        }
    }

    /// <summary>Sends code ahead of everybody's; the kernel is right without it.</summary>
    public void Begin(string? code) => Done = code is null ? Task.CompletedTask : RunAsync(code);

    private async Task RunAsync(string code)
    {
        try
        {
            var reply = await instance.RunSilentlyPastAbortsAsync(code, CancellationToken.None).ConfigureAwait(false);
            if (reply.Status != ReplyStatus.Ok) LogFailed(reply.Status.ToString());
        }
        catch (Exception exception)
        {
            // It has ended, or is so slow that the preparation still runs before the next request.
            LogFailed(exception.Message);
        }
    }

    [LoggerMessage(3303, LogLevel.Debug, "Code that prepares the kernel failed: {Reason}")]
    private partial void LogFailed(string reason);
}
