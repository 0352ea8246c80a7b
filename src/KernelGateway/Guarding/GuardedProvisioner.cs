using KernelGateway.Launching;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Guarding;

/// <summary>Calls a provisioner, which may be the host's own: it may block, throw anything, ignore its token and return too late.</summary>
internal sealed partial class GuardedProvisioner(IKernelProvisioner inner, ILogger logger, TimeProvider time) : IKernelProvisioner
{
    /// <summary>How long a cancelled launch is waited for; the provisioner removes what it has created meanwhile.</summary>
    public static readonly TimeSpan CancelLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long a provisioner has to find out whether a kernel could be started.</summary>
    public static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(30);

    private readonly ILogger _logger = logger;

    /// <summary>Starts a kernel.</summary>
    /// <returns>A <see cref="GuardedProcess"/>.</returns>
    /// <exception cref="OperationCanceledException">The token fired. A process that the provisioner returns later is
    /// disposed.</exception>
    public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken)
    {
        var stop = new GuardedCancellation(_logger, cancellationToken);
        await using var ending = stop.ConfigureAwait(false);
        var token = stop.Token;
        var launching = Task.Run(() => inner.LaunchAsync(launch, token), CancellationToken.None);
        if (!await IsOverAsync(launching, cancellationToken).ConfigureAwait(false))
        {
            LogNotCancelled(launch.KernelId, CancelLimit);
            _ = EndWhenLaunchedAsync(launching);
            throw new OperationCanceledException(cancellationToken);
        }

        var process = await launching.ConfigureAwait(false)
            ?? throw new InvalidOperationException("The provisioner has returned no process.");
        try
        {
            return new GuardedProcess(process, _logger, time);
        }
        catch
        {
            await EndAsync(process).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(CheckLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var stop = new GuardedCancellation(_logger, either.Token);
        await using var ending = stop.ConfigureAwait(false);
        var token = stop.Token;
        var checking = Task.Run(() => inner.CheckAsync(launch, token), CancellationToken.None);
        if (await IsOverAsync(checking, token).ConfigureAwait(false)) await checking.ConfigureAwait(false);
        else ObserveLater(checking);
        cancellationToken.ThrowIfCancellationRequested();
        if (!checking.IsCompletedSuccessfully) throw new TimeoutException($"The provisioner did not report within {CheckLimit} whether the kernel can be started.");
    }

    private async Task<bool> IsOverAsync(Task task, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), cancelled).ConfigureAwait(false);
        return await Task.WhenAny(task, cancelled.Task).ConfigureAwait(false) == task
            || await Guarded.IsWithinAsync(task, CancelLimit, time).ConfigureAwait(false);
    }

    private async Task EndWhenLaunchedAsync(Task<IKernelProcess> launching)
    {
        try
        {
            if (await launching.ConfigureAwait(false) is { } process) await EndAsync(process).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The launch failed after it was cancelled.
            LogLateFailure(exception.Message);
        }
    }

    private Task<bool> EndAsync(IKernelProcess process) => Guarded.InvokeAsync(
        _logger, "The disposal of a kernel's process", GuardedProcess.DisposalLimit, time, () => process.DisposeAsync().AsTask());

    private static void ObserveLater(Task task) => _ = task.ContinueWith(
        static over => over.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    // Callbacks that the provisioner has registered with its token may throw; neither a timer nor the caller that cancels may get
    // that exception.
    private sealed class GuardedCancellation : IAsyncDisposable
    {
        private readonly CancellationTokenSource _source = new();
        private readonly CancellationTokenRegistration _registration;

        public GuardedCancellation(ILogger logger, CancellationToken cancellationToken) => _registration = cancellationToken.UnsafeRegister(
            static state =>
            {
                var (source, logger) = ((CancellationTokenSource, ILogger))state!;
                Guarded.Invoke(logger, "What the provisioner does when its token fires", source.Cancel);
            },
            (_source, logger));

        public CancellationToken Token => _source.Token;

        // The source stays usable for a provisioner that still runs.
        public ValueTask DisposeAsync() => _registration.DisposeAsync();
    }

    [LoggerMessage(3136, LogLevel.Warning, "The provisioner was asked to cancel the launch of kernel {KernelId} and has not returned within {Limit}. A process that it returns later is ended.")]
    private partial void LogNotCancelled(string kernelId, TimeSpan limit);

    [LoggerMessage(3137, LogLevel.Debug, "A cancelled launch has failed: {Reason}")]
    private partial void LogLateFailure(string reason);
}
