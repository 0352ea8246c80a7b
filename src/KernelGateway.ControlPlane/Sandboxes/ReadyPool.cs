using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Templates;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Sandboxes of one template that are started before a request asks for them. Each is taken once.</summary>
/// <remarks>
/// They run idle and are not stored: after a crash of the control plane nobody knows them, and the next start removes them.
/// One loop starts what is missing. It pauses while sandboxes are asked for, so that it does not compete with those requests
/// for the processor.
/// </remarks>
internal sealed partial class ReadyPool : IAsyncDisposable
{
    /// <summary>How long no sandbox was asked for when the loop goes on.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait for <see cref="Quiet"/>.</summary>
    public static readonly TimeSpan LongestQuietWait = TimeSpan.FromSeconds(2);

    /// <summary>The pause after a failure; it doubles with each further one.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private const int MaxDoublings = 6;
    private static readonly TimeSpan FailureAge = TimeSpan.FromMinutes(3);
    private static readonly int StartsAtOnce = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly SandboxDependencies _plane;
    private readonly SandboxStarter _starter;
    private readonly ILogger _logger;
    private readonly int _size;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(1, 1);
    private readonly Lock _gate = new();
    private readonly List<ReadySandbox> _ready = [];       // Guarded by _gate; the oldest first.
    private long? _askedAt;                         // Guarded by _gate.
    private long _failedAt;                         // Guarded by _gate.
    private int _failures;                          // Guarded by _gate; in a row.
    private bool _mustPause;                        // Guarded by _gate.
    private bool _isFailing;                        // The rest is the loop's own.
    private bool _wasFull;
    private Task _loop = Task.CompletedTask;

    public ReadyPool(SandboxDependencies plane, SandboxStarter starter, string templateId, int size)
    {
        _plane = plane;
        _starter = starter;
        _logger = plane.Loggers.CreateLogger<ReadyPool>();
        TemplateId = templateId;
        _size = size;
    }

    /// <summary>Gets the id of the template.</summary>
    public string TemplateId { get; }

    /// <summary>Gets the number of sandboxes that can be taken.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _ready.Count;
        }
    }

    /// <summary>Begins to start sandboxes.</summary>
    public void Start()
    {
        using (ExecutionContext.SuppressFlow()) _loop = Task.Run(LoopAsync);
    }

    /// <summary>
    /// Takes a sandbox, which is <see cref="SandboxState.Creating"/> then; null when none is ready that is as it was asked for.
    /// </summary>
    /// <param name="template">The template as it is now.</param>
    /// <param name="record">What the sandbox shall be.</param>
    public Sandbox? TryTake(SandboxTemplate template, SandboxRecord record)
    {
        var version = ReadySandbox.Describe(template);
        var network = NetworkRules.Create(record.Network, _plane.Report, _plane.Options.IsOfflineByDefault);
        lock (_gate)
        {
            _askedAt = _plane.Time.GetTimestamp();
            for (var i = 0; i < _ready.Count; i++)
            {
                var entry = _ready[i];
                if (!entry.Fits(version, network, record)) continue;
                _ready.RemoveAt(i--);
                if (!entry.Sandbox.TryChange(SandboxState.Ready, SandboxState.Creating)) continue;
                _failures = 0;
                Wake();
                return entry.Sandbox;
            }

            // Those of another version of the template are replaced.
            Wake();
            return null;
        }
    }

    /// <summary>Replaces a sandbox that has ended by itself; false when it is not one that could be taken.</summary>
    public bool TryReplace(Sandbox sandbox)
    {
        lock (_gate)
        {
            if (!sandbox.TryChange(SandboxState.Ready, SandboxState.Killing)) return false;
            _ready.RemoveAll(entry => ReferenceEquals(entry.Sandbox, sandbox));

            // Those that end soon after their start would otherwise be started again and again.
            CountFailure();
            Wake();
            return true;
        }
    }

    /// <summary>Ends the sandboxes that nobody has taken.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndAsync(RemoveWhere(_ => true)).ConfigureAwait(false);
        _wake.Dispose();
        _stopping.Dispose();
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            await _wake.WaitAsync(_stopping.Token).ConfigureAwait(false);
            try
            {
                await FillAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                Report(exception);
                Wake();
            }
        }
    }

    private async Task FillAsync()
    {
        while (await WaitAndCountMissingAsync().ConfigureAwait(false) is > 0 and var missing)
        {
            var failures = await Task.WhenAll(
                Enumerable.Range(0, Math.Min(missing, StartsAtOnce)).Select(_ => StartOneAsync())).ConfigureAwait(false);
            Report(failures.FirstOrDefault(failure => failure is not null));
        }

        if (!_wasFull) LogFull(_size, TemplateId);
        _wasFull = true;
    }

    private async Task<int> WaitAndCountMissingAsync()
    {
        if (TakePause() is { } pause) await Task.Delay(pause, _plane.Time, _stopping.Token).ConfigureAwait(false);
        var begin = _plane.Time.GetTimestamp();
        while (_plane.Time.GetElapsedTime(begin) < LongestQuietWait && TimeUntilQuiet() is { } wait)
            await Task.Delay(wait, _plane.Time, _stopping.Token).ConfigureAwait(false);
        if (TryFindTemplate() is { } template)
        {
            var version = ReadySandbox.Describe(template);
            await EndAsync(RemoveWhere(entry => entry.Version != version)).ConfigureAwait(false);
        }

        return _size - Count;
    }

    private TimeSpan? TimeUntilQuiet()
    {
        lock (_gate)
        {
            if (_askedAt is not { } asked) return null;
            var rest = Quiet - _plane.Time.GetElapsedTime(asked);
            return rest > TimeSpan.Zero ? rest : null;
        }
    }

    // One pause after each failure.
    private TimeSpan? TakePause()
    {
        lock (_gate)
        {
            if (!_mustPause) return null;
            _mustPause = false;
            return FirstPause * (1 << Math.Clamp(_failures - 1, 0, MaxDoublings));
        }
    }

    private async Task<Exception?> StartOneAsync()
    {
        Sandbox? sandbox = null;
        try
        {
            var template = _plane.GetTemplate(TemplateId);
            var version = ReadySandbox.Describe(template);
            sandbox = new Sandbox(ReadySandbox.CreateRecord(template, _plane.Report), SandboxState.Creating);
            var network = NetworkRules.Create(sandbox.Record.Network, _plane.Report, _plane.Options.IsOfflineByDefault);
            await _starter.StartAsync(sandbox, template, files: null, _stopping.Token).ConfigureAwait(false);
            Add(new ReadySandbox(sandbox, version, network));
            return null;
        }
        catch (Exception exception)
        {
            sandbox?.TryEnd();
            _stopping.Token.ThrowIfCancellationRequested();
            return exception;
        }
    }

    private void Add(ReadySandbox entry)
    {
        lock (_gate)
        {
            // One that has ended at this moment is replaced by whoever waits for its end.
            if (!entry.Sandbox.TryChange(SandboxState.Creating, SandboxState.Ready)) return;
            _ready.Add(entry);
        }

        LogReady(entry.Sandbox.Id, TemplateId);
    }

    private SandboxTemplate? TryFindTemplate()
    {
        try
        {
            return _plane.Templates.Find(TemplateId);
        }
        catch (TemplateException)
        {
            // The next start says so.
            return null;
        }
    }

    private List<Sandbox> RemoveWhere(Predicate<ReadySandbox> isMeant)
    {
        lock (_gate)
        {
            var sandboxes = _ready.FindAll(isMeant).ConvertAll(entry => entry.Sandbox);
            _ready.RemoveAll(isMeant);
            return sandboxes;
        }
    }

    private Task EndAsync(List<Sandbox> sandboxes) => Parallel.ForEachAsync(
        sandboxes,
        new ParallelOptions { MaxDegreeOfParallelism = StartsAtOnce * 2 },
        async (sandbox, _) => await _starter.DiscardAsync(sandbox).ConfigureAwait(false));

    // Only the first failure of a row is logged, and that it has ended.
    private void Report(Exception? failure)
    {
        lock (_gate)
        {
            if (failure is not null) CountFailure();
            else if (_isFailing) _failures = 0;
        }

        if (failure is not null && !_isFailing) LogNotFilled(failure, TemplateId);
        _isFailing = failure is not null;
        _wasFull &= !_isFailing;
    }

    // Called with _gate.
    private void CountFailure()
    {
        if (_failures > 0 && _plane.Time.GetElapsedTime(_failedAt) > FailureAge) _failures = 0;
        _failedAt = _plane.Time.GetTimestamp();
        _failures++;
        _mustPause = true;
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0 && !_stopping.IsCancellationRequested) _wake.Release();
    }

    [LoggerMessage(7270, LogLevel.Warning,
        "A sandbox of template {TemplateId} could not be started for the pool. This is tried again, after up to a minute.")]
    private partial void LogNotFilled(Exception exception, string templateId);

    [LoggerMessage(7271, LogLevel.Information, "{Sandboxes} sandboxes of template {TemplateId} are ready.")]
    private partial void LogFull(int sandboxes, string templateId);

    [LoggerMessage(7273, LogLevel.Debug, "Sandbox {SandboxId} of template {TemplateId} is ready.")]
    private partial void LogReady(string sandboxId, string templateId);
}
