using System.Collections.Frozen;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>Starts processes and terminals, and finds them again by id or tag. Linux only.</summary>
/// <remarks>
/// Disposing kills the processes, and their children that are still in their sessions. The processes of a command that ended more
/// than <see cref="SandboxProcessesOptions.EndedRetention"/> ago and do not hold its output open are left alone.
/// </remarks>
public sealed partial class SandboxProcesses : IAsyncDisposable
{
    private const int TerminalChunkBytes = 16 * 1024;
    private const int PipeChunkBytes = 32 * 1024;
    private const int MinRetainedBytes = 4 * 1024;

    // Between a start and its first reader: output that comes earlier makes the process wait and is not dropped.
    private static readonly TimeSpan ReaderGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(10);

    private readonly SandboxProcessesOptions _options;
    private readonly SandboxUser _serviceUser = SandboxUser.GetCurrent();
    private readonly ProcessMonitor _monitor = ProcessMonitor.Shared;
    private readonly ILogger _logger;
    private readonly CommandLimits? _limits;
    private readonly CancellationTokenSource _disposing = new();
    private readonly CancellationToken _disposed;
    private readonly Lock _lock = new();
    private readonly List<SandboxProcess> _processes = [];              // In the order of their start. Guarded by _lock, as below.
    private readonly Dictionary<SandboxProcess, Task> _lives = [];      // Also of those that cannot be found any more.
    private FrozenDictionary<string, string> _variables;
    private Task? _disposal;

    /// <summary>Creates the object. It starts nothing.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value of the options is too small.</exception>
    public SandboxProcesses(SandboxProcessesOptions? options = null)
    {
        _options = options ?? new SandboxProcessesOptions();
        _disposed = _disposing.Token;
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxRetainedOutputBytes, MinRetainedBytes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.EndedRetention, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.OutputGrace, TimeSpan.Zero, nameof(options));
        _variables = _options.Variables.ToFrozenDictionary(StringComparer.Ordinal);
        _logger = (ILogger?)_options.LoggerFactory?.CreateLogger<SandboxProcesses>() ?? NullLogger.Instance;
        _limits = CommandLimits.Create(_options);
        if (_limits?.Description is { } description) LogLimited(description);
        if (_limits?.Problem is { } problem) LogNotLimited(problem);
    }

    /// <summary>Gets or sets the variables of all processes that are started from now on. The value is copied.</summary>
    public IReadOnlyDictionary<string, string> Variables
    {
        get => Volatile.Read(ref _variables);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref _variables, value.ToFrozenDictionary(StringComparer.Ordinal));
        }
    }

    /// <summary>Gets the limits of each process; null when there are none.</summary>
    internal CommandLimits? Limits => _limits;

    /// <summary>Starts a process.</summary>
    /// <param name="options">What is started.</param>
    /// <param name="cancellationToken">Ends the preparation. A process that was started stays.</param>
    /// <exception cref="SandboxProcessException">It could not be started; nothing is left running.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size of the terminal or the time limit is not possible.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is not Linux.</exception>
    public async Task<SandboxProcess> StartAsync(ProcessStartOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("Processes can be started on Linux only.");
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        var plan = await ProcessPlan.CreateAsync(options, _serviceUser, _options.WorkingDirectory, Variables, cancellationToken)
            .ConfigureAwait(false);
        var isTerminal = options.Terminal is not null;
        var journal = new OutputJournal(
            _options.MaxRetainedOutputBytes, isTerminal ? TerminalChunkBytes : PipeChunkBytes, isTerminal ? 1 : 2, _monitor.Wake);
        var process = new SandboxProcess(options, ProcessLauncher.Launch(plan, _monitor, journal, _limits), journal);
        if (TryAdd(process, out var life))
        {
            LogStarted(process.ProcessId, plan.Start.User.Name, isTerminal);
            return process;
        }

        process.Signal(Signals.Kill);
        await life.ConfigureAwait(false);
        throw new ObjectDisposedException(nameof(SandboxProcesses));
    }

    /// <summary>Lists the running processes in the order of their start.</summary>
    public IReadOnlyList<SandboxProcess> List()
    {
        lock (_lock) return [.. _processes.Where(process => !process.Ended.IsCompleted)];
    }

    /// <summary>Finds a process that runs or has ended less than <see cref="SandboxProcessesOptions.EndedRetention"/> ago.</summary>
    /// <param name="processId">Its id.</param>
    public SandboxProcess? Find(int processId) => FindLast(process => process.ProcessId == processId);

    /// <summary>
    /// Finds a process by its tag as <see cref="Find"/> does; of several the running one, and of these the one that was started
    /// last.
    /// </summary>
    /// <param name="tag">The tag.</param>
    public SandboxProcess? FindByTag(string tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return FindLast(process => process.Options.Tag == tag && !process.Ended.IsCompleted)
            ?? FindLast(process => process.Options.Tag == tag);
    }

    /// <summary>Kills all processes and closes their streams; completes when they are reaped.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_disposal ??= Task.Run(EndAllAsync, CancellationToken.None));
    }

    /// <summary>Follows a process; false when the object was disposed meanwhile.</summary>
    private bool TryAdd(SandboxProcess process, out Task life)
    {
        lock (_lock)
        {
            // Neither the timers nor what follows belong to the request that started the process.
            using (ExecutionContext.SuppressFlow()) life = Task.Run(() => FollowAsync(process), CancellationToken.None);
            if (_disposal is not null) return false;
            _processes.Add(process);
            _lives.Add(process, life);
            return true;
        }
    }

    private SandboxProcess? FindLast(Predicate<SandboxProcess> condition)
    {
        lock (_lock) return _processes.FindLast(condition);
    }

    private async Task FollowAsync(SandboxProcess process)
    {
        var time = _options.TimeProvider;
        var reservation = time.CreateTimer(
            static state => ((OutputJournal)state!).EndReservation(), process.Journal, ReaderGrace, Timeout.InfiniteTimeSpan);
        await using (reservation.ConfigureAwait(false))
        {
            await process.WaitForEndAsync(_options).ConfigureAwait(false);
            LogEnded(process.ProcessId, (await process.Ended.ConfigureAwait(false)).Error ?? "exit status 0");
            if (process.Group is { } group) _limits?.Release(group);
            await WaitAsync(Task.Delay(_options.EndedRetention, time, _disposed)).ConfigureAwait(false);
        }

        lock (_lock) _processes.Remove(process);
        process.Journal.Discard();
        // Children can hold the pipes for days: they would be ended by SIGPIPE if nobody read any more.
        await WaitAsync(process.Journal.StreamsEnded.WaitAsync(_disposed)).ConfigureAwait(false);
        await _monitor.LeaveAsync(process.Monitored).ConfigureAwait(false);
        lock (_lock) _lives.Remove(process);
    }

    private static async Task WaitAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The object is being disposed.
        }
    }

    private async Task EndAllAsync()
    {
        KeyValuePair<SandboxProcess, Task>[] lives;
        lock (_lock) lives = [.. _lives];
        foreach (var (process, _) in lives) process.Signal(Signals.Kill);
        SessionMembers.Kill(lives.ToDictionary(life => life.Key.ProcessId, life => life.Key.StartTicks));
        await _disposing.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(lives.Select(life => life.Value)).WaitAsync(KillTimeout, _options.TimeProvider).ConfigureAwait(false);
            _disposing.Dispose();
            if (_limits is not null) await _limits.DisposeAsync().ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // They are reaped when they end.
            foreach (var (process, _) in lives.Where(life => !life.Value.IsCompleted)) LogUnkillable(process.ProcessId, KillTimeout);
        }
    }

    [LoggerMessage(6101, LogLevel.Debug, "Process {ProcessId} started as user {User}; in a terminal: {IsTerminal}.")]
    private partial void LogStarted(int processId, string user, bool isTerminal);

    [LoggerMessage(6102, LogLevel.Debug, "Process {ProcessId} ended: {Status}.")]
    private partial void LogEnded(int processId, string status);

    [LoggerMessage(6103, LogLevel.Error,
        "Process {ProcessId} did not end within {Waited} after SIGKILL; the service no longer waits for it.")]
    private partial void LogUnkillable(int processId, TimeSpan waited);

    [LoggerMessage(6104, LogLevel.Information, "Each command is limited to {Limits}.")]
    private partial void LogLimited(string limits);

    [LoggerMessage(6105, LogLevel.Warning, "Commands are not limited to {Limits}.")]
    private partial void LogNotLimited(string limits);
}
