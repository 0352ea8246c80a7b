using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.Executions;

/// <summary>One execution on its way through the kernel: fed by messages, clocks and misfortunes, it ends exactly once.</summary>
/// <remarks>
/// Shell and iopub are not ordered against each other, and real kernels lose the reply or the idle status (an aborted cell on
/// xeus and IRkernel has no idle, an interrupted one on Macaulay2 no reply). So both halves end it, and one half with a time of
/// silence behind it ends it too.
/// </remarks>
internal sealed class ExecutionRun : IMessageHandler, IDisposable
{
    private readonly Lock _gate = new();
    private readonly ExecutionJournal _journal;
    private readonly ExecutionRunOptions _options;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<ExecutionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _grace;
    private ExecuteReply? _reply;
    private byte[]? _errorInReply;
    private InterruptCause? _interruptCause;
    private JupyterMessage? _pendingInput;
    private ExecutionCounts _counts;
    private bool _idleSeen;
    private bool _isOvertaken;
    private bool _errorSeen;
    private bool _startedSeen;
    private bool _limitReached;
    private bool _isOver;

    public ExecutionRun(ExecutionJournal journal, ExecutionRunOptions options, TimeProvider time)
    {
        _journal = journal;
        _options = options;
        _time = time;
    }

    /// <summary>Gets a task that completes when the execution is over. It never faults.</summary>
    public Task<ExecutionEnd> Ended => _ended.Task;

    /// <summary>Gets a task that completes when the kernel has begun with the code, or the execution is over. It never faults.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Gets what is to be called, once, when the output passes the limit. Set before the request is sent.</summary>
    public Action? OutputLimitReached { get; set; }

    /// <summary>Gets what is to be called when the kernel asks for input though the request told it not to. Set before the request is sent.</summary>
    public Action<JupyterMessage>? UnwantedInputRequested { get; set; }

    /// <summary>Gets a value indicating whether the kernel was interrupted for it; the next request then waits until that has settled.</summary>
    public bool WasInterrupted
    {
        get
        {
            lock (_gate) return _interruptCause is not null;
        }
    }

    /// <summary>Gets a value indicating whether the kernel aborted the request before it began with it, so that it is sent again.</summary>
    /// <remarks>Such a run leaves no end in the journal: the next attempt does.</remarks>
    public bool WasAbortedUnrun { get; private set; }

    /// <summary>Interrupts by calling <paramref name="send"/> while it is certain that the execution is not over; false when it is.</summary>
    /// <remarks>
    /// The end of the execution waits for <paramref name="send"/>: an interrupt can therefore not hit the execution behind this
    /// one, which is sent only after this one has ended and any interrupt of it has settled.
    /// </remarks>
    public bool TryInterrupt(InterruptCause cause, Action send)
    {
        lock (_gate)
        {
            if (_isOver) return false;
            _interruptCause ??= cause;
            send();
            return true;
        }
    }

    public void OnMessage(KernelChannel channel, JupyterMessage message)
    {
        lock (_gate)
        {
            _begun.TrySetResult();
            if (channel is KernelChannel.IOPub && message.MessageType == MessageTypes.Status)
            {
                OnStatus(message);
            }
            else if (message.MessageType == MessageTypes.ExecuteReply)
            {
                OnReply(message);
            }
            else if (ExecutionAssembler.TryMap(channel, message, out var kind, out var payload))
            {
                OnEvent(kind, payload.Span, message);
            }
        }
    }

    public void OnOvertaken()
    {
        lock (_gate)
        {
            if (_isOver) return;
            _isOvertaken = true;
            WaitForSilence();
        }
    }

    public void OnClosed(KernelCloseInfo close)
    {
        var reason = close.Reason switch
        {
            KernelCloseReason.Restarted => _interruptCause is null ? ExecutionEndReason.Restarted : InterruptedReason(),
            KernelCloseReason.ShutDown => ExecutionEndReason.Removed,
            _ => ExecutionEndReason.KernelDied,
        };
        TryEnd(reason, close.Describe(), close.Exit?.ExitCode, close.Exit?.Signal, statePreserved: false);
    }

    /// <summary>Ends the execution from outside the message flow; false when it is over already.</summary>
    public bool TryEnd(
        ExecutionEndReason reason, string? message = null, int? exitCode = null, int? signal = null, bool statePreserved = true)
    {
        lock (_gate)
        {
            if (_isOver) return false;
            End(reason, message, exitCode, signal, statePreserved);
            return true;
        }
    }

    /// <summary>Takes the input request that waits for an answer; null when there is none.</summary>
    public JupyterMessage? TakePendingInput()
    {
        lock (_gate)
        {
            var pending = _pendingInput;
            _pendingInput = null;
            return pending;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _grace?.Dispose();
            _grace = null;
        }
    }

    private void OnStatus(JupyterMessage message)
    {
        if (_isOver || _idleSeen) return;
        if (!message.IsStatus("\"idle\""u8)) return;
        _idleSeen = true;
        OnHalf();
    }

    private void OnReply(JupyterMessage message)
    {
        if (_isOver || _reply is not null) return;
        var reply = message.ReadContent<ExecuteReply>();
        if (reply is { Status: ReplyStatus.Error, IsAborted: false }) _errorInReply = ExecutionAssembler.CopyChecked(message);
        _reply = reply;
        WasAbortedUnrun = _options.MayResend && _reply.IsAborted && !_startedSeen && _interruptCause is null;

        // Nothing follows a request aborted unrun on xeus and IRkernel, not even an idle. One that had begun gets its idle, and until
        // then IRkernel aborts whatever it is sent.
        if (_reply.IsAborted && !_startedSeen) EndByKernel();
        else OnHalf();
    }

    private void OnEvent(ExecutionEventKind kind, ReadOnlySpan<byte> payload, JupyterMessage message)
    {
        if (kind == ExecutionEventKind.Started && (_startedSeen || _isOver)) return;
        if (kind == ExecutionEventKind.Error)
        {
            // The kernel reports an error twice; the copy in the reply is used only when this one never comes.
            if (_errorSeen || _isOver) return;
            _errorSeen = true;
        }

        _startedSeen |= kind == ExecutionEventKind.Started;
        if (kind == ExecutionEventKind.InputRequest && !_options.AllowsInput)
        {
            // IRkernel asks whatever allow_stdin says, and would wait for ever.
            UnwantedInputRequested?.Invoke(message.Detach());
            return;
        }

        if (kind == ExecutionEventKind.InputRequest) _pendingInput = message.Detach();
        if (!_isOver) _counts = _counts.With(kind);

        _journal.Append(kind, _time.GetUtcNow(), payload);
        if (_reply is not null && !_isOver) WaitForSilence();
        if (_isOver || _limitReached || (!_journal.IsFull && _journal.TotalBytes <= _options.MaxOutputBytes)) return;
        _limitReached = true;
        OutputLimitReached?.Invoke();
    }

    private void OnHalf()
    {
        if (_reply is not null && _idleSeen && _options.Settle == TimeSpan.Zero) EndByKernel();
        else WaitForSilence();
    }

    // After a reply, silence counts from the newest output: a backlog that is still being read is not silence.
    private void WaitForSilence()
    {
        var silence = _reply is not null && _idleSeen ? _options.Settle : _options.Grace;
        if (_grace is null)
        {
            _grace = _time.CreateTimer(static state => ((ExecutionRun)state!).OnGraceOver(), this, silence, System.Threading.Timeout.InfiniteTimeSpan);
        }
        else
        {
            _grace.Change(silence, System.Threading.Timeout.InfiniteTimeSpan);
        }
    }

    private void OnGraceOver()
    {
        lock (_gate)
        {
            if (!_isOver) EndByKernel();
        }
    }

    private void EndByKernel()
    {
        if (!_errorSeen && _errorInReply is not null)
        {
            _journal.Append(ExecutionEventKind.Error, _time.GetUtcNow(), _errorInReply);
            _errorSeen = true;
        }

        var reason = _reply switch
        {
            // Begun and aborted: interrupted, by somebody else if not by us (IRkernel answers an interrupt so).
            { IsAborted: true } => _interruptCause is null && !_startedSeen ? ExecutionEndReason.Rejected : InterruptedReason(),
            { Status: ReplyStatus.Error } => _interruptCause is null ? ExecutionEndReason.Error : InterruptedReason(),
            { } when _interruptCause is not null && _options.ReportsErrorsAsOk => InterruptedReason(),
            { } => ExecutionEndReason.Completed,
            null when _interruptCause is not null => InterruptedReason(),
            null when _isOvertaken && !_startedSeen && !_idleSeen => ExecutionEndReason.Rejected,
            null => _errorSeen ? ExecutionEndReason.Error : ExecutionEndReason.Completed,
        };
        var message = reason switch
        {
            _ when _isOvertaken && _reply is null && !_idleSeen =>
                "The connection to the kernel broke, and is back. What the code did and printed meanwhile is not known.",
            ExecutionEndReason.Rejected => "The kernel aborted the request without running it.",
            ExecutionEndReason.TimedOut => "The time limit of the execution passed.",
            _ when _interruptCause == InterruptCause.OutputLimit => $"The output passed the limit of {_options.MaxOutputBytes} bytes.",
            _ => null,
        };
        End(reason, message, exitCode: null, signal: null, statePreserved: true);
    }

    private ExecutionEndReason InterruptedReason() =>
        _interruptCause == InterruptCause.TimedOut ? ExecutionEndReason.TimedOut : ExecutionEndReason.Interrupted;

    private void End(ExecutionEndReason reason, string? message, int? exitCode, int? signal, bool statePreserved)
    {
        _isOver = true;
        _begun.TrySetResult();
        _pendingInput = null;
        _grace?.Dispose();
        _grace = null;
        var end = new ExecutionEnd
        {
            Reason = reason,
            IsComplete = _reply is not null && _idleSeen,
            IsStatePreserved = statePreserved,
            ReplySeen = _reply is not null,
            IdleSeen = _idleSeen,
            ExitCode = exitCode,
            Signal = signal,
            Message = message,
            Counts = _counts,
        };
        if (!WasAbortedUnrun) end = _journal.AppendEnd(end, _time.GetUtcNow());
        _ended.TrySetResult(end);
    }
}
