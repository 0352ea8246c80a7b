using System.IO.Pipes;
using System.Runtime.InteropServices;
using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>Watches processes with one thread: reads their output, notices their exit.</summary>
/// <remarks>
/// The thread sleeps in poll(2) on every pipe, on the process handles (pidfd) and on a pipe that wakes it. It exists while
/// there is a process to watch. Without process handles, SIGCHLD wakes it. It reaps only the processes that were given to it,
/// because the host has other children.
/// </remarks>
internal sealed class ProcessMonitor(string threadName)
{
    private const int DescriptorsPerProcess = 4;
    private const int PauseAfterFailure = 20;

    // Held while a process is started, which is done one after another. Taken before _lock.
    private readonly Lock _starting = new();
    private readonly Lock _lock = new();
    private readonly List<MonitoredProcess> _processes = [];                                // Guarded by _lock, as all below.
    private readonly List<(MonitoredProcess Process, TaskCompletionSource Done)> _leaving = [];
    private AnonymousPipeServerStream? _wakeUps;
    private PosixSignalRegistration? _childSignal;
    private Thread? _thread;
    private bool _isWoken;
    private bool _mustCheckChildren;
    private bool _hasChanged;

    // Both belong to the thread. The second is as large as it had to be once.
    private MonitoredProcess[] _watched = [];
    private PollDescriptor[] _descriptors = [];

    /// <summary>The one the gateway uses; several would be several threads.</summary>
    internal static ProcessMonitor Shared { get; } = new("process-monitor");

    internal void Watch(MonitoredProcess process)
    {
        lock (_lock)
        {
            _processes.Add(process);
            _hasChanged = true;
            if (process.NeedsChildSignal && !OperatingSystem.IsWindows())
            {
                _childSignal ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => CheckChildren());
                // It may have ended before the registration.
                _mustCheckChildren = true;
            }

            if (_thread is null)
            {
                _wakeUps ??= new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
                _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = threadName };
                // Without the execution context: the thread outlives the request that happened to start the first process.
                _thread.UnsafeStart();
            }
            else
            {
                WakeLocked();
            }
        }
    }

    /// <summary>Starts a process and watches it, so that it is never an unknown child.</summary>
    internal MonitoredProcess Start(Func<MonitoredProcess> start)
    {
        lock (_starting)
        {
            var process = start();
            Watch(process);
            return process;
        }
    }

    /// <summary>Reaps an exited child without a <see cref="MonitoredProcess"/> stands for.</summary>
    internal void ReapUnlessWatched(int processId)
    {
        lock (_starting)
        {
            lock (_lock)
            {
                foreach (var process in _processes)
                    if (process.ProcessId == processId) return;
            }

            ChildReaper.Reap(processId);
        }
    }

    /// <summary>Makes the thread look again at what is to be read and written. Called after a sink has made room.</summary>
    internal void Wake()
    {
        lock (_lock) WakeLocked();
    }

    /// <summary>Stops watching a process and closes its pipes; completes when both is done.</summary>
    internal Task LeaveAsync(MonitoredProcess process)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_processes.Contains(process)) return Task.CompletedTask;
            _leaving.Add((process, done));
            WakeLocked();
        }

        return done.Task;
    }

    private void CheckChildren()
    {
        lock (_lock)
        {
            _mustCheckChildren = true;
            WakeLocked();
        }
    }

    private void WakeLocked()
    {
        if (_isWoken || _thread is null) return;
        _isWoken = true;
        LibC.WriteByte((int)_wakeUps!.ClientSafePipeHandle.DangerousGetHandle());
    }

    private void Run()
    {
        var buffer = new byte[64 * 1024];
        while (TakeRound(out var watched, out var mustCheckChildren))
        {
            if (mustCheckChildren)
                foreach (var process in watched)
                    if (process.NeedsChildSignal) Guard(process, buffer, static (process, buffer) => process.CheckExit(buffer));

            var round = Fill(watched);
            var ready = LibC.Poll(round, timeoutMilliseconds: -1);
            if (ready > 0) Serve(round, watched, buffer);
            else if (ready < 0) WaitAfterFailure(watched, buffer);
        }
    }

    // poll fails when the system has no memory, or when the limit of open files was lowered below what is watched. Both end after
    // some time.
    private static void WaitAfterFailure(MonitoredProcess[] watched, byte[] buffer)
    {
        _ = LibC.Poll([], timeoutMilliseconds: PauseAfterFailure);
        foreach (var process in watched)
        {
            Guard(process, buffer, static (process, buffer) =>
            {
                process.PumpStandardInput();
                process.PumpStandardOutput(buffer);
                process.PumpStandardError(buffer);
                process.CheckExitWithoutPoll(buffer);
            });
        }
    }

    // A failure with one process must neither stop the watch of the others nor end the gateway.
    private static void Guard(MonitoredProcess process, byte[] buffer, Action<MonitoredProcess, byte[]> work)
    {
        try
        {
            work(process, buffer);
        }
        catch (Exception exception)
        {
            process.Fail(exception);
        }
    }

    /// <summary>Processes the requests of other threads; false when nothing is left to watch.</summary>
    private bool TakeRound(out MonitoredProcess[] watched, out bool mustCheckChildren)
    {
        while (true)
        {
            (MonitoredProcess Process, TaskCompletionSource Done)[] leaving;
            lock (_lock)
            {
                leaving = _leaving.Count == 0 ? [] : [.. _leaving];
                _leaving.Clear();
                foreach (var (process, _) in leaving) _processes.Remove(process);
                if (leaving.Length > 0 || _hasChanged) _watched = [.. _processes];
                _hasChanged = false;
                watched = _watched;
                mustCheckChildren = _mustCheckChildren;
                _mustCheckChildren = false;
                if (watched.Length == 0 && leaving.Length == 0)
                {
                    _thread = null;
                    _childSignal?.Dispose();
                    _childSignal = null;
                    return false;
                }
            }

            foreach (var (process, done) in leaving)
            {
                process.Close();
                done.TrySetResult();
            }

            if (watched.Length > 0) return true;
        }
    }

    private Span<PollDescriptor> Fill(MonitoredProcess[] watched)
    {
        var count = 1 + watched.Length * DescriptorsPerProcess;
        if (_descriptors.Length < count) _descriptors = new PollDescriptor[count * 2];
        var descriptors = _descriptors.AsSpan(0, count);
        descriptors[0] = new PollDescriptor((int)_wakeUps!.SafePipeHandle.DangerousGetHandle());
        for (var i = 0; i < watched.Length; i++)
        {
            // Negative ones are skipped by poll.
            var slots = descriptors.Slice(1 + i * DescriptorsPerProcess, DescriptorsPerProcess);
            slots[0] = new PollDescriptor(watched[i].StandardOutputDescriptor);
            slots[1] = new PollDescriptor(watched[i].StandardErrorDescriptor);
            slots[2] = new PollDescriptor(watched[i].HandleDescriptor);
            slots[3] = new PollDescriptor(watched[i].StandardInputDescriptor, LibC.PollOut);
        }

        return descriptors;
    }

    private void Serve(Span<PollDescriptor> descriptors, MonitoredProcess[] watched, byte[] buffer)
    {
        if (descriptors[0].ReturnedEvents != 0) ClearWakeUp(descriptors[0].Descriptor, buffer);
        for (var i = 0; i < watched.Length; i++)
        {
            // One read each, so that a process with much output does not delay the others.
            var slots = descriptors.Slice(1 + i * DescriptorsPerProcess, DescriptorsPerProcess);
            if (slots[3].ReturnedEvents != 0) Guard(watched[i], buffer, static (process, _) => process.PumpStandardInput());
            if (slots[0].ReturnedEvents != 0) Guard(watched[i], buffer, static (process, buffer) => process.PumpStandardOutput(buffer));
            if (slots[1].ReturnedEvents != 0) Guard(watched[i], buffer, static (process, buffer) => process.PumpStandardError(buffer));
            if (slots[2].ReturnedEvents != 0) Guard(watched[i], buffer, static (process, buffer) => process.CheckExit(buffer));
        }
    }

    private void ClearWakeUp(int descriptor, byte[] buffer)
    {
        // First the byte, then the flag: a thread that finds the flag still set has queued its request before the next round
        // begins.
        _ = LibC.Read(descriptor, buffer);
        lock (_lock) _isWoken = false;
    }
}
