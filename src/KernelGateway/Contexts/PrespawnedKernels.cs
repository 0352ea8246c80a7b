using KernelGateway.Guarding;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>Keeps kernels of the default language ready, so that a context need not wait until one has started.</summary>
/// <remarks>
/// They are started one after another, which leaves processors to those who compute. A kernel that dies while it waits is brought back
/// as any other; one that cannot be is replaced, with growing pauses, and after some failures in a row no more are started
/// until a context has shown that kernels start.
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
    private readonly List<PrespawnedKernel> _unwanted = [];
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
            lock (_gate) return [.. _ready.Concat(_unwanted).Select(one => one.Kernel.State)];
        }
    }

    public void Start()
    {
        if (_count == 0) return;
        using (ExecutionContext.SuppressFlow()) _filling = Task.Run(FillAsync);
    }

    /// <summary>Gives a ready kernel of this kernelspec in this directory, its id reserved for a context; null when there is none.</summary>
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
                _table.ReserveSpare(found.Kernel.Id);
                _ready.Remove(found);
                found.Unwatch();
                _failures = 0;
            }

            Signal();
            return found;
        }
    }

    /// <summary>Ends one of them, also one that is just being started: a context needs its place.</summary>
    public async Task YieldAsync()
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

    /// <summary>Learns that a kernel has been started for a context: kernels of this kernelspec do start.</summary>
    public void NoteStart(KernelSpec spec)
    {
        lock (_gate)
        {
            if (_triedSpec is not null && _triedSpec != spec.Name) return;
            _failures = 0;
        }

        Signal();
    }

    /// <summary>Looks whether there is room for more.</summary>
    public void Signal() => _signal.Set();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _filling.ConfigureAwait(false);
        PrespawnedKernel[] left;
        lock (_gate)
        {
            left = [.. _ready, .. _unwanted];
            _ready.Clear();
            _unwanted.Clear();
        }

        await Task.WhenAll(left.Select(EndAsync)).ConfigureAwait(false);
    }

    private async Task FillAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                await EndUnwantedAsync().ConfigureAwait(false);
                var id = Guid.NewGuid().ToString("D");
                if (!IsOneMissing() || !_table.TryAddSpare(id)) await _signal.WaitAsync(_stopping.Token).ConfigureAwait(false);
                else await AddAsync(id).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The gateway stops; whoever stops it ends those that are ready.
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

            // It may have died before it was one of those that are missed.
            if (added.Kernel.State == KernelState.Dead) OnDied(added);
        }
        catch (OperationCanceledException) when (start.IsCancellationRequested)
        {
            // The gateway stops, or a context needed the place.
            _table.RemoveSpare(id);
        }
        catch (Exception exception)
        {
            _table.RemoveSpare(id);
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
        var source = new LaunchedKernelSource(launch, _provisioner, _services.KernelOptions, _services.Telemetry, _logger, _services.Time);
        var kernel = new Kernel(id, source, _services.KernelOptions, _services.RichData, _services.Telemetry, _logger, _services.Time);
        await kernel.StartAsync(cancellationToken).ConfigureAwait(false);
        return new PrespawnedKernel(kernel, source, _services.Time.GetTimestamp(), OnDied);
    }

    // From the kernel's own flow, which must not wait: the loop ends what is left of it.
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
        _unwanted.Add(kernel);
    }

    private async Task EndUnwantedAsync()
    {
        PrespawnedKernel[] unwanted;
        int failures;
        lock (_gate)
        {
            unwanted = [.. _unwanted];
            _unwanted.Clear();
            failures = _failures;
        }

        foreach (var kernel in unwanted) await EndAsync(kernel).ConfigureAwait(false);
        if (unwanted.FirstOrDefault()?.Kernel.LastFailure is { } problem && failures > 0) await PauseAsync(failures, problem).ConfigureAwait(false);
    }

    private async Task PauseAsync(int failures, string problem)
    {
        if (failures >= MaxFailures)
        {
            LogGivenUp(failures, problem);
            return;
        }

        LogFailed(problem);
        await Task.Delay(FirstPause * Math.Pow(2, failures - 1), _services.Time, _stopping.Token).ConfigureAwait(false);
    }

    private async Task EndAsync(PrespawnedKernel kernel)
    {
        kernel.Unwatch();
        await kernel.Kernel.ShutDownAsync().ConfigureAwait(false);
        _table.RemoveSpare(kernel.Kernel.Id);
    }

    [LoggerMessage(4031, LogLevel.Debug, "Kernel {KernelId} is ready for a context to come.")]
    private partial void LogReady(string kernelId);

    [LoggerMessage(4032, LogLevel.Warning, "No kernel could be started for contexts to come; it is tried again: {Problem}")]
    private partial void LogFailed(string problem);

    [LoggerMessage(4033, LogLevel.Error, "No kernels are started for contexts to come after {Failures} failures, until a context has been created: {Problem}")]
    private partial void LogGivenUp(int failures, string problem);
}
