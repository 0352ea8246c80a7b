using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.Executions;

/// <summary>
/// The state of one execution while the kernel has it: messages, timers and failures drive it, and it ends exactly once.
/// </summary>
/// <remarks>
/// Shell and iopub are not ordered against each other, and real kernels lose the reply or the idle status (an aborted cell on
/// xeus and IRkernel has no idle, an interrupted one on Macaulay2 no reply). Therefore both together end it, and one of them
/// followed by a time of silence ends it too.
/// </remarks>
internal sealed class ExecutionRun : IExecuteHandler, IDisposable
{
    // Output that never falls silent holds the end back for so many graces at the most.
    private const int MaxGraces = 10;

    private readonly Lock _gate = new();
    private readonly ExecutionJournal _journal;
    private readonly ExecutionRunOptions _options;
    private readonly TimeProvider _time;
    private readonly ExecutionVerdict _verdict;
    private readonly SilenceTimer _grace;
    private readonly TaskCompletionSource<ExecutionEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _errorInReply;
    private JupyterMessage? _pendingInput;
    private bool _limitReached;
    private bool _isOver;

    public ExecutionRun(ExecutionJournal journal, ExecutionRunOptions options, TimeProvider time)
    {
        _journal = journal;
        _options = options;
        _time = time;
        _verdict = new ExecutionVerdict(options);
        _grace = new SilenceTimer(time, options.Grace * MaxGraces, OnGraceOver);
    }

    /// <summary>Gets a task that completes when the execution has ended. It never faults.</summary>
    public Task<ExecutionEnd> Ended => _ended.Task;

    Task IExecuteHandler.Ended => _ended.Task;

    /// <summary>Gets a task that completes when the kernel has begun with the code, or the execution has ended. It never faults.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Gets the id of the execution, for the log.</summary>
    public string ExecutionId { get; init; } = "";

    /// <summary>Gets the callback that is called once when the output exceeds the limit. Set before the request is sent.</summary>
    public Action? OutputLimitReached { get; set; }

    /// <summary>
    /// Gets the callback for input requests of the kernel that the execute request did not allow. Set before the request is sent.
    /// </summary>
    /// <remarks>The message is borrowed; a callback that keeps it detaches it.</remarks>
    public Action<JupyterMessage>? DisallowedInputRequested { get; set; }

    /// <summary>Gets what stopped it, so that the next request waits until the interrupt has settled; null for nothing.</summary>
    public ExecutionStopCause? StoppedBy
    {
        get
        {
            lock (_gate) return _verdict.StoppedBy;
        }
    }

    /// <summary>Gets a value indicating whether the kernel aborted the request before it began with it, so that it is sent again.</summary>
    /// <remarks>Such a run leaves no end in the journal: the next attempt does.</remarks>
    public bool WasAbortedBeforeStart { get; private set; }

    /// <summary>Gets the name of the error with which the kernel replied; null when it did not. Read after the end.</summary>
    public string? ErrorName => _verdict.Reply?.Error?.Name;

    /// <summary>Gets a value indicating whether the code made the kernel exit, so that the next execution needs another process.</summary>
    public bool IsKernelExiting { get; private set; }

    /// <summary>
    /// Interrupts by calling <paramref name="send"/> while it is certain that the code has not ended; false when it has ended.
    /// </summary>
    /// <remarks>
    /// The end of the execution waits until <paramref name="send"/> returns, which has then begun to send: an interrupt can therefore not hit
    /// the next execution, which is sent only after this one has ended and its interrupt has settled.
    /// </remarks>
    public bool TryInterrupt(ExecutionStopCause cause, Action send)
    {
        lock (_gate)
        {
            if (!TryStop(cause)) return false;
            send();
            return true;
        }
    }

    /// <summary>Records that the time limit has passed, whenever an interrupt is possible; false when the reply has come.</summary>
    public bool TryPassTimeLimit()
    {
        lock (_gate) return TryStop(ExecutionStopCause.TimeLimit);
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

        // Behind the lock: listeners of the host are called.
        _journal.MeasureDrops();
    }

    public void OnResponsesLost()
    {
        lock (_gate)
        {
            if (_isOver) return;
            _verdict.AreResponsesLost = true;
            WaitForSilence();
        }
    }

    public void OnOutputLost(string explanation)
    {
        lock (_gate) _verdict.OutputLost ??= explanation;
    }

    public void OnClosed(KernelCloseInfo close)
    {
        lock (_gate)
        {
            if (_isOver) return;
            if (IsKernelExiting) EndByKernel();
            else End(_verdict.CreateEnd(close));
        }
    }

    /// <summary>Ends the execution from outside the message flow; false when it has ended already.</summary>
    /// <param name="reason">Why; null for the reason of the stop.</param>
    /// <param name="message">A sentence for people.</param>
    public bool TryEnd(ExecutionEndReason? reason, string? message = null)
    {
        lock (_gate)
        {
            if (_isOver) return false;
            End(_verdict.CreateEnd(reason ?? _verdict.StoppedReason, message));
            return true;
        }
    }

    /// <summary>Ends it as the abort of its own request would: it has not begun, and may be sent again.</summary>
    public void EndAborted()
    {
        lock (_gate)
        {
            if (_isOver) return;
            WasAbortedBeforeStart = true;
            End(_verdict.CreateAbortedEnd());
        }
    }

    /// <summary>Ends an execution that the kernel has lost; false when the kernel has answered it.</summary>
    /// <param name="message">What was observed, and what the user can do.</param>
    public bool TryEndUnanswered(string message)
    {
        lock (_gate)
        {
            if (_isOver || _verdict.Reply is not null || _verdict.IdleSeen) return false;
            End(_verdict.CreateEnd(_verdict.StoppedBy is null ? ExecutionEndReason.Unanswered : _verdict.StoppedReason, message));
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

    /// <summary>Makes an input request wait again whose answer could not be sent.</summary>
    public void ReturnPendingInput(JupyterMessage request)
    {
        lock (_gate)
        {
            if (!_isOver) _pendingInput ??= request;
        }
    }

    public void Dispose()
    {
        lock (_gate) _grace.Dispose();
    }

    private bool TryStop(ExecutionStopCause cause) => !_isOver && _verdict.TryStop(cause);

    private void OnStatus(JupyterMessage message)
    {
        if (_isOver || _verdict.IdleSeen) return;
        if (!message.IsStatus("\"idle\""u8)) return;
        _verdict.IdleSeen = true;
        OnHalf();
    }

    private void OnReply(JupyterMessage message)
    {
        if (_isOver || _verdict.Reply is not null) return;
        var reply = message.ReadContent<ExecuteReply>();
        if (reply is { Status: ReplyStatus.Error, IsAborted: false }) _errorInReply = ExecutionAssembler.CopyChecked(message);
        _verdict.Reply = reply;
        IsKernelExiting = _verdict.IsKernelExiting;
        WasAbortedBeforeStart = _verdict is { IsAbortedBeforeStart: true, StoppedBy: null } && _options.MayResend?.Invoke() == true;

        // On xeus and IRkernel no message follows a request that was aborted before it began, not even an idle status. A request
        // that had begun gets its idle status; until then IRkernel aborts all requests.
        if (_verdict.IsAbortedBeforeStart) EndByKernel();
        else OnHalf();
    }

    private void OnEvent(ExecutionEventKind kind, ReadOnlySpan<byte> payload, JupyterMessage message)
    {
        if (kind == ExecutionEventKind.Started && (_verdict.StartedSeen || _isOver)) return;
        if (kind == ExecutionEventKind.Error)
        {
            // The kernel reports an error twice; the copy in the reply is used only when this one does not arrive.
            if (_verdict.ErrorSeen || _isOver) return;
            _verdict.ErrorSeen = true;
        }

        _verdict.StartedSeen |= kind == ExecutionEventKind.Started;
        if (kind == ExecutionEventKind.InputRequest && !_options.AllowsInput)
        {
            // IRkernel ignores allow_stdin, and would wait for ever.
            DisallowedInputRequested?.Invoke(message);
            return;
        }

        if (_verdict.Reply is not null && !_isOver) WaitForSilence();
        if (kind == ExecutionEventKind.InputRequest) _pendingInput = message.Detach();
        if (!_isOver) _verdict.Count(kind);

        _journal.Append(kind, _time.GetUtcNow(), payload);
        if (_isOver || _limitReached || (!_journal.IsFull && _journal.TotalBytes <= _options.MaxOutputBytes)) return;
        _limitReached = true;
        OutputLimitReached?.Invoke();
    }

    private void OnHalf()
    {
        if (_verdict is { Reply: not null, IdleSeen: true } && _options.Settle == TimeSpan.Zero) EndByKernel();
        else WaitForSilence();
    }

    // After a reply, silence counts from the newest output: a backlog that is still being read is not silence.
    private void WaitForSilence() =>
        _grace.Restart(_verdict is { Reply: not null, IdleSeen: true } ? _options.Settle : _options.Grace);

    private void OnGraceOver()
    {
        lock (_gate)
        {
            if (_isOver) return;

            // Messages that were received and are not processed yet are not silence. This state ends, because an observer that
            // takes nothing is removed.
            if (_options.IsOutputHeldBack?.Invoke() == true) _grace.Extend(_options.Grace);
            else EndByKernel();
        }
    }

    private void EndByKernel()
    {
        if (!_verdict.ErrorSeen && _errorInReply is not null)
        {
            _journal.Append(ExecutionEventKind.Error, _time.GetUtcNow(), _errorInReply);
            _verdict.ErrorSeen = true;
        }

        End(_verdict.CreateEnd());
    }

    private void End(ExecutionEnd end)
    {
        _isOver = true;
        _begun.TrySetResult();
        _pendingInput = null;
        OutputLimitReached = null;
        _grace.Dispose();
        if (!WasAbortedBeforeStart) end = _journal.AppendEnd(end, _time.GetUtcNow());
        _ended.TrySetResult(end);
    }
}
