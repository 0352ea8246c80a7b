using System.Runtime.InteropServices;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>A process that a <see cref="SandboxProcesses"/> has started. It leads a session of its own.</summary>
public sealed class SandboxProcess
{
    private const long MaxTimerMilliseconds = uint.MaxValue - 1L;

    private readonly LaunchedProcess _launched;
    private readonly OutputJournal _journal;
    private readonly TaskCompletionSource<ProcessEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // After a signal, children that hold the pipes are not waited for.
    private readonly TaskCompletionSource _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasExpired;

    internal SandboxProcess(ProcessStartOptions options, LaunchedProcess launched, OutputJournal journal)
    {
        Options = options;
        _launched = launched;
        _journal = journal;
    }

    /// <summary>Gets the id of the process, which is also that of its process group and its session.</summary>
    public int ProcessId => _launched.Started.Monitored.ProcessId;

    /// <summary>Gets how it was started.</summary>
    public ProcessStartOptions Options { get; }

    /// <summary>Gets whether it runs in a terminal.</summary>
    public bool IsTerminal => _launched.Terminal is not null;

    /// <summary>Gets the end of the process. Never fails.</summary>
    /// <remarks>
    /// It comes when the process has exited and its output has been read to the end. If children of the process hold its output
    /// open, it comes <see cref="SandboxProcessesOptions.OutputGrace"/> after the exit; after <see cref="Signal"/> and after the
    /// time limit it does not wait for them. What they write afterwards can be read for
    /// <see cref="SandboxProcessesOptions.EndedRetention"/>.
    /// </remarks>
    public Task<ProcessEnd> Ended => _ended.Task;

    internal long StartTicks => _launched.Started.StartTicks;

    internal MonitoredProcess Monitored => _launched.Started.Monitored;

    internal OutputJournal Journal => _journal;

    internal ControlGroup? Group => _launched.Started.Group;

    /// <summary>Reads the output, beside any number of other readers.</summary>
    /// <param name="after">
    /// -1, the default, for everything that no reader has received yet; a position (<see cref="ProcessOutput.NextPosition"/>) for
    /// what follows it; null for what comes from now on. Bytes that are no longer kept are told by one item of the kind
    /// <see cref="ProcessOutputKind.Dropped"/> before the others.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>
    /// The output until the end of the process; for a reader that begins after the end, until what is there then. The reader
    /// counts from the first call of <c>MoveNextAsync</c>; it has received an item when it asks for the next.
    /// </returns>
    /// <remarks>
    /// A process waits when its slowest reader is <see cref="SandboxProcessesOptions.MaxRetainedOutputBytes"/> behind. So a reader
    /// that does not go on must be disposed.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The position is less than -1.</exception>
    public IAsyncEnumerable<ProcessOutput> ReadOutputAsync(long? after = -1, CancellationToken cancellationToken = default)
    {
        if (after < -1) throw new ArgumentOutOfRangeException(nameof(after), after, "A position is -1 or more.");
        return _journal.ReadAsync(after, cancellationToken);
    }

    /// <summary>Writes to the standard input or the terminal; completes when the system has all bytes.</summary>
    /// <param name="data">The bytes, which must not change meanwhile.</param>
    /// <param name="cancellationToken">
    /// Takes the bytes back if none of them is written yet. Otherwise it ends the waiting, and the rest is written nevertheless.
    /// </param>
    /// <exception cref="SandboxProcessException">The input is closed, or the process has ended.</exception>
    public async Task WriteInputAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        var result = _launched.Input is { } input
            ? await input.WriteAsync(data, cancellationToken).ConfigureAwait(false)
            : Ended.IsCompleted ? InputResult.ProcessEnded : InputResult.Closed;
        if (result == InputResult.ProcessEnded || (result == InputResult.Closed && Ended.IsCompleted)) throw HasEnded();
        if (result == InputResult.Closed)
        {
            throw new SandboxProcessException(ProcessErrorReason.InputClosed, _launched.Input is null
                ? $"Process {ProcessId} was started without an input."
                : $"The input of process {ProcessId} is closed.");
        }
    }

    /// <summary>Closes the standard input after what was written; the process then reads its end.</summary>
    /// <returns>A task that completes when it is closed, at once if it was closed already.</returns>
    /// <exception cref="SandboxProcessException">The process runs in a terminal.</exception>
    public Task CloseInputAsync()
    {
        if (IsTerminal)
        {
            throw new SandboxProcessException(
                ProcessErrorReason.NotAPipe, $"Process {ProcessId} runs in a terminal, whose input is not closed; send Ctrl+D (0x04).");
        }

        return _launched.Input?.CloseAsync() ?? Task.CompletedTask;
    }

    /// <summary>Sends a signal: SIGKILL (9) to the process group, every other to the process alone.</summary>
    /// <param name="signal">The number of the signal, 1 to 64.</param>
    /// <returns>False when the process has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such signal.</exception>
    public bool Signal(int signal)
    {
        CheckSignal(signal);
        if (!Monitored.Signal(signal, group: signal == Signals.Kill)) return false;
        _signalled.TrySetResult();
        return true;
    }

    /// <summary>Sends a signal to the process group, as a terminal sends SIGINT (2) for Ctrl+C.</summary>
    /// <param name="signal">The number of the signal, 1 to 64.</param>
    /// <returns>False when the process has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such signal.</exception>
    public bool SignalGroup(int signal)
    {
        CheckSignal(signal);
        if (signal == Signals.Kill) return Signal(signal);

        // It may be handled: children that hold the pipes are waited for after the exit, as without it.
        return Monitored.Signal(signal, group: true);
    }

    /// <summary>Changes the size of the terminal. The program in its foreground gets SIGWINCH.</summary>
    /// <param name="size">The size.</param>
    /// <exception cref="SandboxProcessException">The process does not run in a terminal, or has ended.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No terminal can have this size.</exception>
    public void Resize(TerminalSize size)
    {
        size.Check(nameof(size));
        if (_launched.Terminal is not { } terminal)
            throw new SandboxProcessException(ProcessErrorReason.NotATerminal, $"Process {ProcessId} does not run in a terminal.");
        try
        {
            TerminalCalls.SetSize(terminal, size.Columns, size.Rows);
        }
        catch (ObjectDisposedException)
        {
            throw HasEnded();
        }
    }

    /// <summary>Sets the end once it has come.</summary>
    internal async Task WaitForEndAsync(SandboxProcessesOptions options)
    {
        // No timer for a process that may run for ever.
        var limit = Options.TimeLimit is { TotalMilliseconds: <= MaxTimerMilliseconds } time
            ? options.TimeProvider.CreateTimer(static state => ((SandboxProcess)state!).Expire(), this, time, Timeout.InfiniteTimeSpan)
            : null;
        var exit = await Monitored.Exited.ConfigureAwait(false);
        if (limit is not null) await limit.DisposeAsync().ConfigureAwait(false);
        if (!_journal.StreamsEnded.IsCompleted)
        {
            using var stopsWaiting = new CancellationTokenSource();
            var grace = Task.Delay(options.OutputGrace, options.TimeProvider, stopsWaiting.Token);
            await Task.WhenAny(_journal.StreamsEnded, _signalled.Task, grace).ConfigureAwait(false);
            await stopsWaiting.CancelAsync().ConfigureAwait(false);
        }

        _journal.Complete();
        _ended.TrySetResult(ProcessEnd.Create(exit, _hasExpired, _launched.Started.Group));
    }

    private static void CheckSignal(int signal)
    {
        if (signal is < 1 or > 64) throw new ArgumentOutOfRangeException(nameof(signal), signal, "Signals have the numbers 1 to 64.");
    }

    private void Expire()
    {
        _hasExpired = true;
        Signal(Signals.Kill);
    }

    private SandboxProcessException HasEnded() => new(ProcessErrorReason.Ended, $"Process {ProcessId} has ended.");
}
