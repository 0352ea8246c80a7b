using System.Collections.Concurrent;
using KernelGateway.ControlPlane.Storage;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>All sandboxes of this control plane, and how their states follow each other, by request and by themselves.</summary>
internal sealed partial class SandboxLifecycle : IAsyncDisposable
{
    // An end that has failed is tried again, and so is a pause at the end of a lifetime.
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Sandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _work = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SandboxDependencies _plane;
    private readonly SandboxStarter _starter;
    private readonly SandboxTransitions _transitions;
    private readonly Lifetimes _lifetimes;
    private readonly UsageSampler _sampler;
    private readonly ILogger _logger;

    public SandboxLifecycle(SandboxDependencies plane)
    {
        _plane = plane;
        _logger = plane.Loggers.CreateLogger<SandboxLifecycle>();
        _starter = new SandboxStarter(plane, sandbox => Begin(sandbox, () => TryEndAsync(sandbox, "Sandbox ended by itself")));
        _transitions = new SandboxTransitions(plane, _starter);
        _lifetimes = new Lifetimes(plane.Time, () => _sandboxes.Values, EndLifetime);
        _sampler = new UsageSampler(plane, () => _sandboxes.Values);
    }

    /// <summary>Gets a task that completes with the reason when this control plane must not go on.</summary>
    public Task<Exception> WhenLost => _lost.Task;

    /// <summary>Gets the sandboxes in all states.</summary>
    public IEnumerable<Sandbox> All => _sandboxes.Values;

    /// <summary>Finds a sandbox; null when there is none.</summary>
    public Sandbox? Find(string id) => _sandboxes.GetValueOrDefault(id);

    /// <summary>Finds the sandboxes that an earlier control plane of this machine has left, and begins to measure.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var recovery = new SandboxRecovery(_plane, _starter, _transitions);
        foreach (var sandbox in await recovery.RunAsync(cancellationToken).ConfigureAwait(false))
        {
            _sandboxes[sandbox.Id] = sandbox;
            if (sandbox.State != SandboxState.Running) continue;
            _plane.Limits.Add(sandbox.Record.TeamId, sandbox.Record.MemoryBytes);
            sandbox.Count();
            _starter.BeginWatch(sandbox);
        }

        _lifetimes.Reschedule();
        _sampler.Start();
    }

    /// <summary>Creates a sandbox whose team has room for it. When it fails nothing is left of it.</summary>
    /// <param name="record">What it shall be.</param>
    /// <param name="files">The files to start from; null for those of the template.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    public async Task<Sandbox> CreateAsync(SandboxRecord record, string? files, CancellationToken cancellationToken)
    {
        var sandbox = new Sandbox(record, SandboxState.Creating);
        sandbox.Count();
        _sandboxes[sandbox.Id] = sandbox;
        var isStored = false;
        try
        {
            await _plane.Store.AddAsync(record, cancellationToken).ConfigureAwait(false);
            isStored = true;
            await _starter.StartAsync(sandbox, files, cancellationToken).ConfigureAwait(false);
            await _transitions.ChangeAsync(sandbox, before => _transitions.WithLifetime(before, before.Timeout) with
            {
                State = StoredState.Running,
                StartedAt = _transitions.WireNow(),
            }).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            sandbox.TryEnd();
            if (exception is EpochLostException) _lost.TrySetResult(exception);
            else if (isStored) await RunAsync(sandbox, () => FinishAsync(sandbox)).ConfigureAwait(false);
            else Forget(sandbox);
            throw;
        }

        sandbox.Complete(SandboxState.Running);
        sandbox.Report(_plane.Time.GetUtcNow(), "info", "Sandbox created");
        _lifetimes.Reschedule();
        return sandbox;
    }

    /// <summary>Changes what is stored of a sandbox.</summary>
    public async Task ChangeAsync(Sandbox sandbox, Func<SandboxRecord, SandboxRecord> change)
    {
        await GuardAsync(() => _transitions.ChangeAsync(sandbox, change)).ConfigureAwait(false);
        _lifetimes.Reschedule();
    }

    /// <summary>Sets the lifetime of a running sandbox from now on; false when it does not run any more.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="timeout">The lifetime.</param>
    /// <param name="onlyExtends">Whether a shorter one than the present changes nothing.</param>
    public async Task<bool> TrySetLifetimeAsync(Sandbox sandbox, TimeSpan timeout, bool onlyExtends)
    {
        if (sandbox.State != SandboxState.Running) return false;
        await ChangeAsync(sandbox, record =>
        {
            if (record.State != StoredState.Running) return record;
            return onlyExtends && record.Deadline >= Lifetimes.Now(_plane.Time) + timeout ? record : _transitions.WithLifetime(record, timeout);
        }).ConfigureAwait(false);
        return sandbox.State == SandboxState.Running;
    }

    /// <summary>Pauses a running sandbox; false when it does not run.</summary>
    /// <exception cref="SandboxException">The pause has failed; it runs as before.</exception>
    public async Task<bool> TryPauseAsync(Sandbox sandbox, bool keepsMemory)
    {
        if (!sandbox.TryChange(SandboxState.Running, SandboxState.Pausing)) return false;
        await InTransitionAsync(sandbox, () => _transitions.PauseAsync(sandbox, keepsMemory)).ConfigureAwait(false);
        _lifetimes.Reschedule();
        return true;
    }

    /// <summary>Resumes a paused sandbox; false when it is not paused.</summary>
    /// <exception cref="SandboxException">The team has no room for it, or the resume has failed; it is paused as before.</exception>
    public async Task<bool> TryResumeAsync(TeamRecord team, Sandbox sandbox, TimeSpan timeout)
    {
        if (!sandbox.TryChange(SandboxState.Paused, SandboxState.Resuming)) return false;
        if (_plane.Limits.TryAdd(team, sandbox.Record.MemoryBytes, isCreate: false) is { } limit)
        {
            sandbox.Complete(SandboxState.Paused);
            throw new SandboxException(SandboxFailure.LimitReached, limit);
        }

        sandbox.Count();
        await InTransitionAsync(sandbox, () => _transitions.ResumeAsync(sandbox, timeout)).ConfigureAwait(false);
        _lifetimes.Reschedule();
        return true;
    }

    /// <summary>Ends a sandbox; false when that has begun already.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="reason">The entry of its log.</param>
    /// <exception cref="SandboxException">The end has failed. It is tried again by itself.</exception>
    public async Task<bool> TryEndAsync(Sandbox sandbox, string reason)
    {
        if (!sandbox.TryEnd()) return false;
        sandbox.Report(_plane.Time.GetUtcNow(), "info", reason);
        await FinishAsync(sandbox).ConfigureAwait(false);
        return true;
    }

    /// <summary>Runs an operation on a sandbox while it is neither paused, resumed nor ended.</summary>
    public async Task InTransitionAsync(Sandbox sandbox, Func<Task> operation)
    {
        await sandbox.Transitions.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await GuardAsync(operation).ConfigureAwait(false);
        }
        finally
        {
            sandbox.Transitions.Release();
        }
    }

    /// <summary>Stops what runs by itself, and waits for what it has begun. The sandboxes live on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _lifetimes.Dispose();
        await _sampler.DisposeAsync().ConfigureAwait(false);
        while (!_work.IsEmpty) await Task.WhenAll(_work.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _starter.Dispose();
    }

    private async Task FinishAsync(Sandbox sandbox)
    {
        try
        {
            await InTransitionAsync(sandbox, () => _transitions.EndAsync(sandbox)).ConfigureAwait(false);
        }
        catch (SandboxException)
        {
            Begin(sandbox, () => FinishLaterAsync(sandbox));
            throw;
        }

        Forget(sandbox);
    }

    private async Task FinishLaterAsync(Sandbox sandbox)
    {
        await Task.Delay(RetryPause, _plane.Time, _stopping.Token).ConfigureAwait(false);
        await FinishAsync(sandbox).ConfigureAwait(false);
    }

    // Its memory was counted when it was created or resumed. A paused one is not counted.
    private void Forget(Sandbox sandbox)
    {
        _transitions.Uncount(sandbox);
        sandbox.Remove();
        _sandboxes.TryRemove(sandbox.Id, out _);
    }

    private void EndLifetime(Sandbox sandbox)
    {
        var record = sandbox.Record;
        if (record.PausesAtEnd) Begin(sandbox, () => PauseAtEndAsync(sandbox, record.KeepsMemoryAtEnd));
        else Begin(sandbox, () => TryEndAsync(sandbox, "Sandbox ended: its lifetime was over"));
    }

    private async Task PauseAtEndAsync(Sandbox sandbox, bool keepsMemory)
    {
        try
        {
            await TryPauseAsync(sandbox, keepsMemory).ConfigureAwait(false);
        }
        catch (SandboxException)
        {
            // It was logged. The sandbox runs on, as the user's state is worth more than the moment of the pause.
            await TrySetLifetimeAsync(sandbox, RetryPause, onlyExtends: false).ConfigureAwait(false);
        }
    }

    private async Task GuardAsync(Func<Task> operation)
    {
        try
        {
            await operation().ConfigureAwait(false);
        }
        catch (EpochLostException exception)
        {
            _lost.TrySetResult(exception);
            throw;
        }
    }

    private void Begin(Sandbox sandbox, Func<Task> work)
    {
        Task task;
        using (ExecutionContext.SuppressFlow()) task = Task.Run(() => RunAsync(sandbox, work));
        _work[task] = true;
        _ = task.ContinueWith(done => _work.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task RunAsync(Sandbox sandbox, Func<Task> work)
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

    [LoggerMessage(7220, LogLevel.Error, "Work for sandbox {SandboxId} has failed.")]
    private partial void LogFailed(Exception exception, string sandboxId);
}
