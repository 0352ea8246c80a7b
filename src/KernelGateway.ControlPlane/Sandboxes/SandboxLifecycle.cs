using System.Collections.Concurrent;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>All sandboxes of this control plane, and how their states follow each other, by request and by themselves.</summary>
internal sealed class SandboxLifecycle : IAsyncDisposable
{
    // An end that has failed is tried again, and so is a pause at the end of a lifetime.
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Sandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SandboxDependencies _plane;
    private readonly SandboxStarter _starter;
    private readonly SandboxTransitions _transitions;
    private readonly Lifetimes _lifetimes;
    private readonly UsageSampler _sampler;
    private readonly ReadyPools _ready;
    private readonly BackgroundWork _work;

    public SandboxLifecycle(SandboxDependencies plane)
    {
        _plane = plane;
        _work = new BackgroundWork(plane.Loggers.CreateLogger<SandboxLifecycle>());
        _starter = new SandboxStarter(plane, sandbox => _work.Begin(sandbox, () => ForgetEndedAsync(sandbox)));
        _transitions = new SandboxTransitions(plane, _starter);
        _lifetimes = new Lifetimes(plane.Time, () => _sandboxes.Values, EndLifetime);
        _sampler = new UsageSampler(plane, () => _sandboxes.Values);
        _ready = new ReadyPools(plane, _starter);
    }

    /// <summary>Gets a task that completes with the reason when this control plane must not go on.</summary>
    public Task<Exception> WhenLost => _lost.Task;

    /// <summary>Gets the sandboxes in all states.</summary>
    public IEnumerable<Sandbox> All => _sandboxes.Values;

    /// <summary>Gets the number of sandboxes of a template that wait in a pool.</summary>
    public int CountReady(string templateId) => _ready.CountOf(templateId);

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
        _ready.Start();
    }

    /// <summary>Creates a sandbox whose team has room for it. When it fails nothing is left of it.</summary>
    /// <param name="record">What it shall be.</param>
    /// <param name="template">The template that the record names.</param>
    /// <param name="files">The files to start from; null for those of the template.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    public async Task<Sandbox> CreateAsync(
        SandboxRecord record, SandboxTemplate template, string? files, CancellationToken cancellationToken)
    {
        if (files is null && await TryTakeAsync(record, template, cancellationToken).ConfigureAwait(false) is { } taken) return taken;
        var sandbox = new Sandbox(record, SandboxState.Creating);
        sandbox.Count();
        _sandboxes[sandbox.Id] = sandbox;
        var isStored = false;
        try
        {
            await _plane.Store.AddAsync(record, cancellationToken).ConfigureAwait(false);
            isStored = true;
            await _starter.StartAsync(sandbox, template, files, cancellationToken).ConfigureAwait(false);
            await _transitions.ChangeAsync(sandbox, AsStarted).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            sandbox.TryEnd();
            if (exception is EpochLostException) _lost.TrySetResult(exception);
            else if (isStored) await _work.RunAsync(sandbox, () => FinishAsync(sandbox)).ConfigureAwait(false);
            else Forget(sandbox);
            throw;
        }

        return ReportCreated(sandbox);
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
        await _ready.DisposeAsync().ConfigureAwait(false);
        await _work.WhenDoneAsync().ConfigureAwait(false);
        _starter.Dispose();
    }

    // A sandbox of a pool is stored when it is taken, as a running one: before that the next start would remove it.
    private async Task<Sandbox?> TryTakeAsync(SandboxRecord record, SandboxTemplate template, CancellationToken cancellationToken)
    {
        Sandbox? taken;
        try
        {
            taken = await _ready.TakeAsync(
                record,
                template,
                StoreAsync,
                sandbox => GuardAsync(() => _plane.Store.RemoveAsync(sandbox.Id, CancellationToken.None)),
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _plane.Limits.Remove(record.TeamId, record.MemoryBytes);
            throw;
        }

        if (taken is null) return null;
        taken.Count();
        _sandboxes[taken.Id] = taken;
        return ReportCreated(taken);

        Task StoreAsync(Sandbox sandbox)
        {
            sandbox.Apply(AsStarted(sandbox.Record));
            return GuardAsync(() => _plane.Store.AddAsync(sandbox.Record, CancellationToken.None));
        }
    }

    private SandboxRecord AsStarted(SandboxRecord record) => _transitions.WithLifetime(record, record.Timeout) with
    {
        State = StoredState.Running,
        StartedAt = _transitions.WireNow(),
    };

    private Sandbox ReportCreated(Sandbox sandbox)
    {
        sandbox.Complete(SandboxState.Running);
        sandbox.Report(_plane.Time.GetUtcNow(), "info", "Sandbox created");
        _lifetimes.Reschedule();
        return sandbox;
    }

    private async Task ForgetEndedAsync(Sandbox sandbox)
    {
        if (await _ready.TryReplaceAsync(sandbox).ConfigureAwait(false)) return;

        // It is being taken.
        await sandbox.WhenNot(SandboxState.Creating).ConfigureAwait(false);
        await TryEndAsync(sandbox, "Sandbox ended by itself").ConfigureAwait(false);
    }

    private async Task FinishAsync(Sandbox sandbox)
    {
        try
        {
            await InTransitionAsync(sandbox, () => _transitions.EndAsync(sandbox)).ConfigureAwait(false);
        }
        catch (SandboxException)
        {
            _work.Begin(sandbox, () => FinishLaterAsync(sandbox));
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
        if (record.PausesAtEnd) _work.Begin(sandbox, () => PauseAtEndAsync(sandbox, record.KeepsMemoryAtEnd));
        else _work.Begin(sandbox, () => TryEndAsync(sandbox, "Sandbox ended: its lifetime was over"));
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
}
