using KernelGateway.Guarding;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>Prespawns kernels of the default language, so that a new context need not wait for a start.</summary>
/// <remarks>
/// They are started one after another, which leaves processors to kernels that compute. A prespawned kernel that dies is
/// restarted as any other. One that cannot be restarted is replaced, with growing pauses. After some failures in a row no more
/// are started until a kernel has started for a context.
/// </remarks>
internal sealed partial class PrespawnedKernels : IAsyncDisposable
{
    private const int MaxFailures = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly int _count;
    private readonly string _directory;
    private readonly GuardedProvisioner _provisioner;
    private readonly LanguageSelector _languages;
    private readonly ContextTable _table;
    private readonly ContextServices _services;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    private readonly WakeSignal _signal = new();
    private readonly Lock _gate = new();
    private readonly List<PrespawnedKernel> _ready = [];            // Guarded by _gate, as the ones below.
    private readonly List<PrespawnedKernel> _outdated = [];
    private CancellationTokenSource? _start;
    private string? _triedSpec;
    private int _failures;
    private Task _filling = Task.CompletedTask;

    public PrespawnedKernels(
        int count, string directory, GuardedProvisioner provisioner, LanguageSelector languages, ContextTable table, ContextServices services)
    {
        _count = count;
        _directory = directory;
        _provisioner = provisioner;
        _languages = languages;
        _table = table;
        _services = services;
        _logger = services.Logger;
    }

    /// <summary>Gets a value indicating whether one has ever been ready.</summary>
    public bool HasServed { get; private set; }

    /// <summary>Gets the states of those that have been started.</summary>
    public IReadOnlyList<KernelState> States
    {
        get
        {
            lock (_gate) return [.. _ready.Concat(_outdated).Select(one => one.Kernel.State)];
        }
    }

    public void Start()
    {
        if (_count == 0) return;
        using (ExecutionContext.SuppressFlow()) _filling = Task.Run(FillAsync);
    }

    /// <summary>
    /// Takes a ready kernel of this kernelspec in this directory, its id reserved for a context; null when there is none.
    /// </summary>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    public PrespawnedKernel? TryTake(KernelSpec spec, string directory)
    {
        if (_count == 0 || directory != _directory) return null;
        lock (_gate)
        {
            // The kernelspec has been changed since.
            foreach (var outdated in _ready.Where(one => one.Launch.Spec.Name == spec.Name && !one.WasStartedBy(spec)).ToArray()) Drop(outdated);
            var found = _ready.Find(one => one.Kernel.State == KernelState.Ready && one.WasStartedBy(spec));
            if (found is not null)
            {
                _table.ReservePrespawned(found.Kernel.Id);
                _ready.Remove(found);
                found.Unwatch();
                _failures = 0;
            }

            Signal();
            return found;
        }
    }

    /// <summary>Ends one of them, also one that is being started, to make room for a context.</summary>
    public async Task ReleaseOneAsync()
    {
        PrespawnedKernel? yielding;
        lock (_gate)
        {
            yielding = _ready.LastOrDefault();
            if (yielding is not null) _ready.Remove(yielding);
            else _ = _start?.CancelAsync();
        }

        if (yielding is not null) await EndAsync(yielding).ConfigureAwait(false);
    }

    /// <summary>Is notified that a kernel was started for a context, which proves that its kernelspec works.</summary>
    public void NoteStart(KernelSpec spec)
    {
        lock (_gate)
        {
            if (_triedSpec is not null && _triedSpec != spec.Name) return;
            _failures = 0;
        }

        Signal();
    }

    /// <summary>Wakes the loop, which checks whether there is room for more.</summary>
    public void Signal() => _signal.Set();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _filling.ConfigureAwait(false);
        PrespawnedKernel[] left;
        lock (_gate)
        {
            left = [.. _ready, .. _outdated];
            _ready.Clear();
            _outdated.Clear();
        }

        await Task.WhenAll(left.Select(EndAsync)).ConfigureAwait(false);
    }

    private async Task FillAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                await EndOutdatedAsync().ConfigureAwait(false);
                var id = Guid.NewGuid().ToString("D");
                if (!IsOneMissing() || !_table.TryAddPrespawned(id)) await _signal.WaitAsync(_stopping.Token).ConfigureAwait(false);
                else await AddAsync(id).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The gateway stops; DisposeAsync ends the ready ones.
        }
    }

    private bool IsOneMissing()
    {
        lock (_gate) return _ready.Count < _count && _failures < MaxFailures;
    }

    private async Task AddAsync(string id)
    {
        var start = new CancellationTokenSource();
        var registration = _stopping.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), start);
        await using var _ = registration.ConfigureAwait(false);
        lock (_gate) _start = start;
        try
        {
            var added = await StartAsync(id, start.Token).ConfigureAwait(false);
            added.Watch();
            lock (_gate) _ready.Add(added);
            HasServed = true;
            LogReady(id);

            // It may have died before it was added.
            if (added.Kernel.State == KernelState.Dead) OnDied(added);
        }
        catch (OperationCanceledException) when (start.IsCancellationRequested)
        {
            // The gateway stops, or a context needed the place.
            _table.RemovePrespawned(id);
        }
        catch (Exception exception)
        {
            _table.RemovePrespawned(id);
            int failures;
            lock (_gate) failures = ++_failures;
            await PauseAsync(failures, exception.Message).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate) _start = null;
        }
    }

    private async Task<PrespawnedKernel> StartAsync(string id, CancellationToken cancellationToken)
    {
        var spec = await _languages.SelectAsync(_languages.Normalize(null), cancellationToken).ConfigureAwait(false);
        lock (_gate) _triedSpec = spec.Name;
        var launch = new KernelLaunch
        {
            KernelId = id,
            Spec = spec,
            WorkingDirectory = _directory,
            ContextFields = ContextRecord.Unclaimed(),
        };
        var source = _services.CreateSource(launch, _provisioner);
        var kernel = new Kernel(
            id, source, _services.KernelOptions, _services.RichData, _services.Telemetry, _services.Memory, _logger, _services.Time);
        await kernel.StartAsync(cancellationToken).ConfigureAwait(false);
        return new PrespawnedKernel(kernel, source, _services.Time.GetTimestamp(), OnDied);
    }

    // Called by the kernel, which must not wait: the loop removes the kernel.
    private void OnDied(PrespawnedKernel kernel)
    {
        lock (_gate)
        {
            if (!_ready.Contains(kernel)) return;
            var lived = _services.Time.GetElapsedTime(kernel.ReadyAt);
            _failures = lived > _services.KernelOptions.StableTime ? 1 : _failures + 1;
            Drop(kernel);
        }

        Signal();
    }

    // Under _gate.
    private void Drop(PrespawnedKernel kernel)
    {
        _ready.Remove(kernel);
        _outdated.Add(kernel);
    }

    private async Task EndOutdatedAsync()
    {
        PrespawnedKernel[] unwanted;
        int failures;
        lock (_gate)
        {
            unwanted = [.. _outdated];
            _outdated.Clear();
            failures = _failures;
        }

        foreach (var kernel in unwanted) await EndAsync(kernel).ConfigureAwait(false);
        if (unwanted.FirstOrDefault()?.Kernel.LastFailure is { } problem && failures > 0) await PauseAsync(failures, problem).ConfigureAwait(false);
    }

    private async Task PauseAsync(int failures, string problem)
    {
        if (failures >= MaxFailures)
        {
            LogPrespawnDisabled(failures, problem);
            return;
        }

        LogFailed(problem);
        await Task.Delay(FirstPause * Math.Pow(2, failures - 1), _services.Time, _stopping.Token).ConfigureAwait(false);
    }

    private async Task EndAsync(PrespawnedKernel kernel)
    {
        kernel.Unwatch();
        await kernel.Kernel.ShutDownAsync().ConfigureAwait(false);
        _table.RemovePrespawned(kernel.Kernel.Id);
    }

    [LoggerMessage(4031, LogLevel.Debug, "Kernel {KernelId} was prespawned and is ready.")]
    private partial void LogReady(string kernelId);

    [LoggerMessage(4032, LogLevel.Warning, "A kernel could not be prespawned and is tried again: {Problem}")]
    private partial void LogFailed(string problem);

    [LoggerMessage(4033, LogLevel.Error, "No kernels are prespawned after {Failures} failures, until a context has been created: {Problem}")]
    private partial void LogPrespawnDisabled(int failures, string problem);
}
