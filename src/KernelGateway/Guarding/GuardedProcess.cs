using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Guarding;

/// <summary>A process that a provisioner gave, which may not be the gateway's own: no call throws, and no wait for its end is without a limit.</summary>
internal sealed class GuardedProcess : IKernelProcess
{
    /// <summary>How long a signal may take to be sent.</summary>
    public static readonly TimeSpan SignalLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long the disposal of a process is waited for; that of a local process waits 10 seconds for the end of a killed process.</summary>
    public static readonly TimeSpan DisposalLimit = TimeSpan.FromSeconds(40);

    private readonly TaskCompletionSource<KernelExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private Task? _ending;                      // Guarded by _gate.

    /// <summary>
    /// Wraps a process; throws the exceptions of its properties, in which case the caller still has to dispose it.
    /// </summary>
    public GuardedProcess(IKernelProcess inner, ILogger logger, TimeProvider time)
    {
        Inner = inner;
        _logger = logger;
        _time = time;
        ProcessId = inner.ProcessId;
        ConnectionInfo = inner.ConnectionInfo;
        ConnectionFilePath = inner.ConnectionFilePath;
        _ = FollowAsync();
    }

    public IKernelProcess Inner { get; }

    public int ProcessId { get; }

    public KernelConnectionInfo ConnectionInfo { get; }

    public string ConnectionFilePath { get; }

    /// <summary>Gets a task that completes when the process has ended, or has been disposed. It never faults.</summary>
    public Task<KernelExit> Exited => _exited.Task;

    public string StandardErrorTail => Guarded.Read(_logger, "Reading the standard error of a kernel's process", () => Inner.StandardErrorTail, "");

    public string StandardOutputTail => Guarded.Read(_logger, "Reading the standard output of a kernel's process", () => Inner.StandardOutputTail, "");

    public bool Interrupt() => Guarded.Read(_logger, "Interrupting a kernel's process", Inner.Interrupt, false);

    public bool Terminate() => Guarded.Read(_logger, "Terminating a kernel's process", Inner.Terminate, false);

    public bool Kill() => Guarded.Read(_logger, "Killing a kernel's process", Inner.Kill, false);

    /// <summary>Sends SIGINT and waits, for a limited time, until it is sent.</summary>
    public Task InterruptAsync() => SignalAsync("Interrupting a kernel's process", Inner.Interrupt);

    /// <summary>Sends SIGTERM and waits, for a limited time, until it is sent.</summary>
    public Task TerminateAsync() => SignalAsync("Terminating a kernel's process", Inner.Terminate);

    /// <summary>Sends SIGKILL and waits, for a limited time, until it is sent.</summary>
    public Task KillAsync() => SignalAsync("Killing a kernel's process", Inner.Kill);

    public ValueTask DisposeAsync()
    {
        lock (_gate) return new ValueTask(_ending ??= EndAsync());
    }

    private Task<bool> SignalAsync(string what, Func<bool> send) => Guarded.InvokeAsync(_logger, what, SignalLimit, _time, () =>
    {
        send();
        return Task.CompletedTask;
    });

    private async Task FollowAsync()
    {
        try
        {
            _exited.TrySetResult(await Inner.Exited.ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            // It is not known whether it runs. It counts as ended and is disposed.
            Guarded.LogFailed(_logger, exception, "Waiting for the end of a kernel's process");
            _exited.TrySetResult(KernelExit.Unknown);
        }
    }

    private async Task EndAsync()
    {
        await Guarded.InvokeAsync(_logger, "The disposal of a kernel's process", DisposalLimit, _time, () => Inner.DisposeAsync().AsTask()).ConfigureAwait(false);
        _exited.TrySetResult(KernelExit.Unknown);
    }
}
