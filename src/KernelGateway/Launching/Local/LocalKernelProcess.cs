using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KernelGateway.Launching.Local;

/// <summary>A kernel process on this machine, started by us or adopted.</summary>
internal sealed partial class LocalKernelProcess : IAdoptableKernelProcess
{
    private readonly MonitoredProcess _process;
    private readonly ProcessMonitor _monitor;
    private readonly KernelResources _resources;
    private readonly LaunchOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Task? _ending;                                  // Guarded by _lock.

    internal LocalKernelProcess(
        MonitoredProcess process,
        ProcessMonitor monitor,
        KernelConnectionInfo connectionInfo,
        KernelResources resources,
        LaunchOptions options,
        ILogger? logger)
    {
        _process = process;
        _monitor = monitor;
        _resources = resources;
        _options = options;
        _logger = logger ?? NullLogger.Instance;
        ConnectionInfo = connectionInfo;
        Exited = WaitForExitAsync(process, resources.Group);
    }

    /// <summary>Raised once, when the object is disposed.</summary>
    internal event Action<LocalKernelProcess>? Disposed;

    public int ProcessId => _process.ProcessId;

    /// <summary>Set once more by the launch itself when the kernel has registered its ports.</summary>
    public KernelConnectionInfo ConnectionInfo { get; internal set; }

    public string ConnectionFilePath => _resources.Files.ConnectionFilePath;

    public Task<KernelExit> Exited { get; }

    public string StandardErrorTail => _process.StandardErrorTail;

    public string StandardOutputTail => _process.StandardOutputTail;

    public bool Interrupt() => _process.Signal(Signals.Interrupt);

    public bool Terminate() => _process.Signal(Signals.Terminate);

    public bool Kill() => _process.Signal(Signals.Kill);

    /// <summary>Replaces its record, which the next gateway finds after a crash of this one.</summary>
    public Task RecordAsync(KernelLaunch launch, CancellationToken cancellationToken) =>
        _resources.Files.WriteRecordAsync(launch, ProcessId, cancellationToken);

    public ValueTask DisposeAsync()
    {
        lock (_lock) return new ValueTask(_ending ??= EndAsync());
    }

    public ValueTask LeaveRunningAsync()
    {
        lock (_lock) return new ValueTask(_ending ??= LeaveAsync());
    }

    private static async Task<KernelExit> WaitForExitAsync(MonitoredProcess process, ControlGroup? group)
    {
        var exit = await process.Exited.ConfigureAwait(false);
        var isOutOfMemory = exit.MayBeKill && group is { HasKilledForMemory: true };
        return new KernelExit(exit.ExitCode, exit.Signal)
        {
            IsOutOfMemory = isOutOfMemory,
            ExceededMemoryLimit = isOutOfMemory ? group!.MemoryLimit : null,
        };
    }

    private async Task EndAsync()
    {
        // In every case outside the caller's lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Disposed?.Invoke(this);
        Kill();
        try
        {
            await Exited.WaitAsync(_options.KillTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogUnkillable(ProcessId, _options.KillTimeout);
            // It keeps its address while it runs, and is reaped when it ends.
            _ = RemoveWhenExitedAsync();
            return;
        }

        await RemoveAsync().ConfigureAwait(false);
    }

    private async Task RemoveWhenExitedAsync()
    {
        await Exited.ConfigureAwait(false);
        await RemoveAsync().ConfigureAwait(false);
    }

    private async Task RemoveAsync()
    {
        await _monitor.LeaveAsync(_process).ConfigureAwait(false);
        if (_resources.Background is { } background && !_options.KeepBackgroundProcesses
            && !await background.EndAsync(_options.KillTimeout).ConfigureAwait(false))
        {
            LogBackgroundUnkillable(ProcessId, _options.KillTimeout);
        }

        // Processes may live on in it: those that may outlive the kernel, or that did not end in time.
        if (_resources.Group is { } group) _resources.Lingering.Add(group);
        _resources.Release();
    }

    private async Task LeaveAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (Exited.IsCompleted)
        {
            await EndAsync().ConfigureAwait(false);
            return;
        }

        Disposed?.Invoke(this);
        await _monitor.LeaveAsync(_process).ConfigureAwait(false);
        _resources.Keep();
    }

    [LoggerMessage(3162, LogLevel.Error,
        "Background processes of the kernel of process {ProcessId} did not end within {Waited} after SIGKILL; the gateway no longer waits for them.")]
    private partial void LogBackgroundUnkillable(int processId, TimeSpan waited);

    [LoggerMessage(3111, LogLevel.Error, "Process {ProcessId} did not end within {Waited} after SIGKILL; the gateway no longer waits for it.")]
    private partial void LogUnkillable(int processId, TimeSpan waited);
}
