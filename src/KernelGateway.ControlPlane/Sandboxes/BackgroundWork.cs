using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What is done for sandboxes without a request that waits for it.</summary>
internal sealed partial class BackgroundWork(ILogger logger)
{
    private readonly ConcurrentDictionary<Task, bool> _tasks = new();
    private readonly ILogger _logger = logger;

    /// <summary>Begins work for a sandbox.</summary>
    public void Begin(Sandbox sandbox, Func<Task> work)
    {
        Task task;
        using (ExecutionContext.SuppressFlow()) task = Task.Run(() => RunAsync(sandbox, work));
        _tasks[task] = true;
        _ = task.ContinueWith(
            done => _tasks.TryRemove(done, out _),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Runs work for a sandbox. A failure is logged, unless that was done where it has failed.</summary>
    public async Task RunAsync(Sandbox sandbox, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            // It was logged where it failed, or the control plane stops.
        }
        catch (Exception exception)
        {
            LogFailed(exception, sandbox.Id);
        }
    }

    /// <summary>Waits until all work that was begun has ended.</summary>
    public async Task WhenDoneAsync()
    {
        while (!_tasks.IsEmpty) await Task.WhenAll(_tasks.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(7220, LogLevel.Error, "Work for sandbox {SandboxId} has failed.")]
    private partial void LogFailed(Exception exception, string sandboxId);
}
