using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>Adopts the kernels that a gateway left when it crashed, and ends those that cannot be used any more.</summary>
internal sealed partial class OrphanAdoption(ContextManager contexts, LaunchOptions options, ILogger logger)
{
    private readonly ILogger _logger = logger;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var orphans = await OrphanedKernel.FindAllAsync(options.RunDirectoryRoot, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(orphans.Select(orphan => TakeAsync(orphan, cancellationToken))).ConfigureAwait(false);
    }

    private async Task TakeAsync(OrphanedKernel orphan, CancellationToken cancellationToken)
    {
        var id = orphan.Record.KernelId;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ContextRecord.IsUnclaimed(orphan.Record.ContextFields))
            {
                LogUnclaimed(id);
            }
            else if (orphan.IsRunning && OperatingSystem.IsLinux())
            {
                await contexts.AdoptAsync(orphan, cancellationToken).ConfigureAwait(false);
                LogAdopted(id, orphan.Record.ProcessId);
                return;
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            orphan.Leave();
            throw;
        }
        catch (Exception exception)
        {
            LogNotAdopted(id, exception.Message);
        }

        await EndAsync(orphan, cancellationToken).ConfigureAwait(false);
    }

    // A kernel that cannot be ended does not keep the gateway from starting.
    private async Task EndAsync(OrphanedKernel orphan, CancellationToken cancellationToken)
    {
        try
        {
            if (!await orphan.EndAsync(options, cancellationToken).ConfigureAwait(false))
                LogNotEnded(orphan.Record.KernelId, orphan.Record.ProcessId, options.KillTimeout);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogEndFailed(exception, orphan.Record.KernelId);
        }
    }

    [LoggerMessage(4011, LogLevel.Information, "Context {ContextId} of a previous gateway was adopted, process {ProcessId}.")]
    private partial void LogAdopted(string contextId, int processId);

    [LoggerMessage(4013, LogLevel.Debug, "Kernel {KernelId}, which a previous gateway had prespawned, is ended.")]
    private partial void LogUnclaimed(string kernelId);

    [LoggerMessage(4012, LogLevel.Warning, "Context {ContextId} of a previous gateway cannot be adopted and is ended: {Reason}")]
    private partial void LogNotAdopted(string contextId, string reason);

    [LoggerMessage(4014, LogLevel.Error,
        "Kernel {KernelId} of a previous gateway (process {ProcessId}), or a process that it started, did not end within {Waited} "
        + "after SIGKILL. Its files stay, and the next gateway tries again.")]
    private partial void LogNotEnded(string kernelId, int processId, TimeSpan waited);

    [LoggerMessage(4015, LogLevel.Error, "Ending kernel {KernelId} of a previous gateway failed.")]
    private partial void LogEndFailed(Exception exception, string kernelId);
}
