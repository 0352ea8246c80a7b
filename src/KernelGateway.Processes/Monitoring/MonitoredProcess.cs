using System.Text;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Processes.Monitoring;

/// <summary>One process that the <see cref="ProcessMonitor"/> watches: its exit, its output, its signals.</summary>
internal sealed class MonitoredProcess
{
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _signalling = new();
    private readonly bool _isChild;
    private readonly bool _endsGroup;
    private readonly TailBuffer? _standardOutputTail;
    private readonly TailBuffer? _standardErrorTail;
    private bool _isGone;                                   // Guarded by _signalling.
    private int _hasFailed;

    // The four below are owned by the monitor's thread once it watches.
    private readonly InputPipe? _standardInput;
    private OutputPipe? _standardOutput;
    private OutputPipe? _standardError;
    private SafeFileHandle? _handle;

    private MonitoredProcess(
        int processId,
        bool isChild,
        bool endsGroup,
        InputPipe? standardInput,
        OutputPipe? standardOutput,
        OutputPipe? standardError,
        SafeFileHandle? handle)
    {
        ProcessId = processId;
        _isChild = isChild;
        _endsGroup = endsGroup;
        _standardInput = standardInput;
        _standardOutput = standardOutput;
        _standardError = standardError;
        _standardOutputTail = standardOutput?.Tail;
        _standardErrorTail = standardError?.Tail;
        _handle = handle;
    }

    internal int ProcessId { get; }

    /// <summary>Completes when the process has ended and its output has been read. Never fails.</summary>
    internal Task<ProcessExit> Exited => _exited.Task;

    /// <summary>The last part of standard output; empty when it is not read.</summary>
    internal string StandardOutputTail => _standardOutputTail?.ToString() ?? "";

    internal string StandardErrorTail => _standardErrorTail?.ToString() ?? "";

    /// <summary>Whether its exit is noticed by SIGCHLD only.</summary>
    internal bool NeedsChildSignal => _handle is null && !_exited.Task.IsCompleted;

    /// <summary>-1 when there is nothing to do, as the two below.</summary>
    internal int StandardInputDescriptor => _standardInput?.PolledDescriptor ?? -1;

    internal int StandardOutputDescriptor => _standardOutput?.PolledDescriptor ?? -1;

    internal int StandardErrorDescriptor => _standardError?.PolledDescriptor ?? -1;

    internal int HandleDescriptor => _handle is { } handle ? (int)handle.DangerousGetHandle() : -1;

    /// <summary>Creates the object for a child, which no other code may reap.</summary>
    /// <param name="processId">The child, which leads a process group.</param>
    /// <param name="standardOutput">Its output, owned from here on.</param>
    /// <param name="standardError">Its errors, owned from here on.</param>
    /// <param name="useHandle">False to rely on SIGCHLD even where the system offers a handle.</param>
    internal static MonitoredProcess ForChild(
        int processId, OutputPipe standardOutput, OutputPipe standardError, bool useHandle = true)
    {
        var handle = OpenHandle(processId, useHandle);
        return new MonitoredProcess(
            processId, isChild: true, endsGroup: true, standardInput: null, standardOutput, standardError, handle);
    }

    /// <summary>
    /// Creates the object for a child whose own children may outlive it. They can keep its output open: it is read until
    /// <see cref="ProcessMonitor.LeaveAsync"/>.
    /// </summary>
    /// <param name="processId">The child, which leads a process group.</param>
    /// <param name="standardInput">Its input, owned from here on; null for none.</param>
    /// <param name="standardOutput">Its output, owned from here on.</param>
    /// <param name="standardError">Its errors, owned from here on; null when they are in the output.</param>
    internal static MonitoredProcess ForCommand(
        int processId, InputPipe? standardInput, OutputPipe standardOutput, OutputPipe? standardError)
    {
        var handle = OpenHandle(processId, useHandle: true);
        return new MonitoredProcess(
            processId, isChild: true, endsGroup: false, standardInput, standardOutput, standardError, handle);
    }

    /// <summary>Creates the object for a child that has no pipe to this process and may outlive it. Its exit ends no other process.</summary>
    internal static MonitoredProcess ForDetachedChild(int processId)
    {
        var handle = OpenHandle(processId, useHandle: true);
        return new MonitoredProcess(
            processId, isChild: true, endsGroup: false, standardInput: null, standardOutput: null, standardError: null, handle);
    }

    /// <summary>
    /// Creates the object for a process that is neither a child nor the leader of a group. The caller has checked that the handle refers to
    /// the right process.
    /// </summary>
    internal static MonitoredProcess ForSingleProcess(int processId, SafeFileHandle handle) =>
        new(processId, isChild: false, endsGroup: false, standardInput: null, standardOutput: null, standardError: null, handle);

    /// <summary>
    /// Creates the object for a process that is not a child. The caller has checked that the handle refers to the right process.
    /// </summary>
    internal static MonitoredProcess ForOtherProcess(
        int processId, SafeFileHandle handle, OutputPipe? standardOutput, OutputPipe? standardError) =>
        new(processId, isChild: false, endsGroup: true, standardInput: null, standardOutput, standardError, handle);

    /// <summary>Signals the process and its group, or the process alone; false when it has ended.</summary>
    internal bool Signal(int signal, bool group = true)
    {
        // The monitor reaps inside the same lock, so here the id still belongs to this process.
        lock (_signalling)
        {
            if (_isGone) return false;
            if (!_isChild) return SignalOtherProcess(signal);
            if (LibC.HasExited(ProcessId) != false) return false;
            return (group && LibC.SignalGroup(ProcessId, signal)) || LibC.Signal(ProcessId, signal);
        }
    }

    /// <summary>Writes once to standard input. Monitor's thread only, as all below.</summary>
    internal void PumpStandardInput() => _standardInput?.Pump();

    /// <summary>Reads once from standard output.</summary>
    internal void PumpStandardOutput(Span<byte> buffer) => Pump(ref _standardOutput, buffer);

    internal void PumpStandardError(Span<byte> buffer) => Pump(ref _standardError, buffer);

    /// <summary>Collects the exit if there is one.</summary>
    internal void CheckExit(Span<byte> buffer)
    {
        ProcessExit exit;
        lock (_signalling)
        {
            if (_isGone) return;
            if (_isChild)
            {
                var hasExited = LibC.HasExited(ProcessId);
                if (hasExited == false) return;
                // The processes of its group end with a kernel. As long as it is not reaped, no other group can have its id.
                if (hasExited == true && _endsGroup) LibC.SignalGroup(ProcessId, Signals.Kill);
                exit = ChildReaper.Reap(ProcessId) ?? ProcessExit.Unknown;
            }
            else
            {
                if (_endsGroup) KillOtherProcessGroup();
                exit = ProcessExit.Unknown;
            }

            _isGone = true;
            _handle?.Dispose();
            _handle = null;
        }

        _standardInput?.Dispose();
        // A caller that waits for the exit also wants the last output.
        Drain(ref _standardOutput, buffer);
        Drain(ref _standardError, buffer);
        _exited.TrySetResult(exit);
    }

    /// <summary>Reaps the process if it has ended, without a report of poll.</summary>
    internal void CheckExitWithoutPoll(Span<byte> buffer)
    {
        // Whether a process that is not a child has ended is known by its handle only.
        if (_isChild || LibC.SignalHandle(HandleDescriptor, 0, group: false) != 0) CheckExit(buffer);
    }

    /// <summary>Stops reading the output of a process after a failed read. Its exit is still noticed.</summary>
    internal void Fail(Exception exception)
    {
        _standardErrorTail?.Append(Encoding.UTF8.GetBytes($"\n[the gateway cannot read this kernel's output any more: {exception.Message}]\n"));
        CloseOutput();
        // A second failure is one of reaping: without this the process would count as running for ever.
        if (Interlocked.Exchange(ref _hasFailed, 1) == 1) _exited.TrySetResult(ProcessExit.Unknown);
    }

    /// <summary>Closes the pipes and the handle. A process that still runs continues and is no longer watched.</summary>
    internal void Close()
    {
        lock (_signalling)
        {
            _isGone = true;
            _handle?.Dispose();
            _handle = null;
        }

        _standardInput?.Dispose();
        CloseOutput();
    }

    private void CloseOutput()
    {
        _standardOutput?.Dispose();
        _standardOutput = null;
        _standardError?.Dispose();
        _standardError = null;
    }

    private static SafeFileHandle? OpenHandle(int processId, bool useHandle)
    {
        // The id cannot have passed to another process: an exited child keeps it until we reap it.
        var descriptor = useHandle ? LibC.OpenProcessHandle(processId) : -1;
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void Drain(ref OutputPipe? pipe, Span<byte> buffer)
    {
        if (pipe is null || pipe.Drain(buffer)) return;
        pipe.Dispose();
        pipe = null;
    }

    private static void Pump(ref OutputPipe? pipe, Span<byte> buffer)
    {
        if (pipe is null || pipe.Pump(buffer)) return;
        pipe.Dispose();
        pipe = null;
    }

    private bool SignalOtherProcess(int signal)
    {
        var descriptor = HandleDescriptor;
        if (LibC.SignalHandle(descriptor, 0, group: false) != 0) return false;
        if (LibC.SignalHandle(descriptor, signal, group: true) == 0) return true;
        // Before Linux 6.9 a handle cannot mean the group. The process was alive a moment ago, so the id is most likely still its own.
        return LibC.SignalGroup(ProcessId, signal) || LibC.SignalHandle(descriptor, signal, group: false) == 0;
    }

    private void KillOtherProcessGroup()
    {
        const int InvalidArgument = 22;
        // Before Linux 6.9: a group that still has members keeps its id from being given away, an empty one has lost it just now.
        if (LibC.SignalHandle(HandleDescriptor, Signals.Kill, group: true) == InvalidArgument) LibC.SignalGroup(ProcessId, Signals.Kill);
    }
}
