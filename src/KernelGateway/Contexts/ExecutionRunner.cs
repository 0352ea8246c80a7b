using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Languages;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>
/// Runs one execution at a time: sets its variables, sends the code, restores the variables. Every execution ends.
/// </summary>
internal sealed partial class ExecutionRunner(Kernel kernel, LanguageProfile? profile, ContextServices services)
{
    private readonly SharedVariablesUpdate _sharedVariables = new(profile, services.Logger);
    private readonly KernelInterrupter _interrupter = new(kernel, services.KernelOptions.InterruptGrace, services.Time);
    private readonly ILogger _logger = services.Logger;
    private readonly Lock _gate = new();
    private Execution? _execution;

    // It was withdrawn after it had been taken from the queue and before its task began.
    private (Execution Execution, Withdrawal Why)? _withdrawnAtStart;
    private Withdrawal? _withdrawal;
    private ExecutionRun? _run;
    private KernelInstance? _instance;
    private CancellationTokenSource? _waitingForKernel;

    /// <summary>Runs an execution to its end, which is in its journal when this returns. Never throws.</summary>
    public async Task RunAsync(Execution execution)
    {
        execution.IsRunning = true;

        // Not disposed: it has no timer, and an interrupt may cancel it after this method has ended.
        var waiting = new CancellationTokenSource();
        bool isStopped;
        lock (_gate)
        {
            _execution = execution;
            _waitingForKernel = waiting;
            _withdrawal = ReferenceEquals(_withdrawnAtStart?.Execution, execution) ? _withdrawnAtStart?.Why : null;
            _withdrawnAtStart = null;
            isStopped = _withdrawal is not null;
        }

        if (isStopped) await waiting.CancelAsync().ConfigureAwait(false);

        try
        {
            var attempts = new ExecutionAttempts(execution.Options.Timeout, services.Time);
            while (!await TryRunAsync(execution, attempts, waiting.Token).ConfigureAwait(false))
            {
                LogRunAgain(execution.Id, attempts.Number);
                attempts.Next();
            }
        }
        catch (KernelClosedException exception)
        {
            var reason = exception.Reason == KernelCloseReason.ShutDown ? ExecutionEndReason.Removed : ExecutionEndReason.Rejected;
            EndWithoutRunning(execution, reason, exception.Message, isStatePreserved: false);
        }
        catch (OperationCanceledException) when (_withdrawal is { } why)
        {
            EndWithoutRunning(execution, why.Reason, why.Message, why.Cause, why.IsStatePreserved);
        }
        catch (Exception exception)
        {
            // Readers must get an end on every path, also after a defect of the gateway.
            LogFailed(exception, execution.Id);
            EndWithoutRunning(execution, ExecutionEndReason.Rejected, $"The gateway failed to run it: {exception.Message}");
        }
        finally
        {
            lock (_gate)
            {
                _execution = null;
                _waitingForKernel = null;
                _run = null;
                _instance = null;
            }

            services.Executions.Retire(execution);
        }
    }

    /// <summary>Ends an execution that never reached the kernel; where its journal has an end already, that one counts.</summary>
    public void EndWithoutRunning(
        Execution execution, ExecutionEndReason reason, string message, ExecutionStopCause? stoppedBy = null, bool isStatePreserved = true)
    {
        if (execution.Ended.IsCompleted) return;
        var end = new ExecutionEnd { Reason = reason, Message = message, StoppedBy = stoppedBy, IsStatePreserved = isStatePreserved };
        execution.Complete(execution.Journal.AppendEnd(end, services.Time.GetUtcNow()));
        if (!execution.IsRunning) services.Executions.Retire(execution);
    }

    /// <summary>Ends the execution whose turn it is, unless its code was sent to the kernel, whose end then ends it.</summary>
    public void Withdraw(Execution execution, Withdrawal why)
    {
        CancellationTokenSource? waiting;
        lock (_gate) waiting = Note(execution, why);

        // Not on this thread: what waits goes on in there, up to the start of the next execution.
        _ = waiting?.CancelAsync();
    }

    /// <summary>Interrupts the execution if it is the one that runs, and waits for its end; true when it ended because of this.</summary>
    public async Task<bool> InterruptAsync(Execution execution, ExecutionStopCause cause)
    {
        if (execution.Ended.IsCompleted) return false;
        if (FindRun(execution, cause, out var waiting) is { } found)
        {
            await _interrupter.InterruptAsync(found.Instance, found.Run, cause).ConfigureAwait(false);

            // The kernel aborted it just before, and it would be sent again.
            if (found.Run.WasAbortedBeforeStart) FindRun(execution, cause, out waiting);
        }

        // Not under the lock: waiters continue in this call, up to the start of the next execution.
        if (waiting is not null) await waiting.CancelAsync().ConfigureAwait(false);
        var end = await execution.Ended.ConfigureAwait(false);
        return end is { StoppedBy: not null, Reason: ExecutionEndReason.Interrupted or ExecutionEndReason.TimedOut or ExecutionEndReason.KernelDied };
    }

    /// <summary>Answers the input request of the execution that runs.</summary>
    public async Task SendInputAsync(Execution execution, string value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        ExecutionRun? run;
        KernelInstance? instance;
        lock (_gate)
        {
            var isCurrent = ReferenceEquals(_execution, execution);
            run = isCurrent ? _run : null;
            instance = isCurrent ? _instance : null;
        }

        if (run?.TakePendingInput() is not { } request || instance is null)
        {
            throw new InvalidOperationException($"Execution {execution.Id} does not wait for input.");
        }

        try
        {
            await instance.Client.SendInputReplyAsync(value, request, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nothing was sent, and the code waits on.
            run.ReturnPendingInput(request);
            throw;
        }
    }

    // Without a run that can be interrupted, it is noted that none is to begin, and what the execution waits for is given back.
    private (ExecutionRun Run, KernelInstance Instance)? FindRun(Execution execution, ExecutionStopCause cause, out CancellationTokenSource? waiting)
    {
        lock (_gate)
        {
            waiting = null;
            if (ReferenceEquals(_execution, execution) && _run is { WasAbortedBeforeStart: false } run) return (run, _instance!);
            waiting = Note(execution, Withdrawal.Stopped(cause));
            return null;
        }
    }

    // Under the lock. Returns what is to be cancelled.
    private CancellationTokenSource? Note(Execution execution, Withdrawal why)
    {
        if (!ReferenceEquals(_execution, execution))
        {
            if (!execution.Ended.IsCompleted) _withdrawnAtStart = (execution, why);
            return null;
        }

        _withdrawal ??= why;
        return _waitingForKernel;
    }

    // True when the execution has ended; false when it has to be run again, from the start.
    private async Task<bool> TryRunAsync(Execution execution, ExecutionAttempts attempts, CancellationToken waiting)
    {
        var instance = await kernel.WhenReadyAsync(waiting).ConfigureAwait(false);

        // The preparation of the kernel was sent before; an interrupt of the code must not hit it.
        await instance.Prepared.WaitAsync(waiting).ConfigureAwait(false);
        var failuresBefore = instance.ExternalRequests.FailureCount;
        await instance.WaitForExternalRequestsAsync(waiting).ConfigureAwait(false);
        var input = new DisallowedInput(execution.Id, instance, _logger);
        var run = new ExecutionRun(
            execution.Journal,
            new ExecutionRunOptions(
                services.KernelOptions.CompletionGrace,
                services.ContextOptions.MaxOutputBytes,
                instance.Quirks.ReportsErrorsAsOk,
                MayResend: () => attempts.TimeLeft != TimeSpan.Zero)
            {
                Settle = instance.Quirks.PublishesBehindIdle ? services.KernelOptions.SettleTime : TimeSpan.Zero,
                AllowsInput = execution.Options.AllowStdin,
                IsOutputHeldBack = () => instance.Client.Connection.IsOutputHeldBack,
            },
            services.Time)
        {
            ExecutionId = execution.Id,
            DisallowedInputRequested = input.OnRequest,
            OutputLimitReached = CreateOutputLimitStop(execution),
        };
        lock (_gate)
        {
            if (_withdrawal is not null) throw new OperationCanceledException(waiting);
            _run = run;
            _instance = instance;
        }

        if (!await _sharedVariables.ApplyAsync(instance).ConfigureAwait(false)) return ForgetRun(run, isStatePreserved: false);
        var variables = new ExecutionVariables(profile, execution.Options.EnvironmentVariables);
        var set = await variables.SetAsync(instance).ConfigureAwait(false);
        if (set == ExecutionVariables.Outcome.KernelClosed) return ForgetRun(run, isStatePreserved: false);

        if (run.StoppedBy is not null) run.TryEnd(reason: null, "It was cancelled before its code was sent.");
        else if (set == ExecutionVariables.Outcome.Aborted) run.EndAborted();
        else if (set == ExecutionVariables.Outcome.Refused) run.TryEnd(ExecutionEndReason.Rejected, "The kernel did not accept the variables of the execution.");
        else if (!await SendAsync(execution, attempts, instance, run).ConfigureAwait(false)) return ForgetRun(run, isStatePreserved: false);

        var end = await run.Ended.ConfigureAwait(false);
        input.Conclude();
        if (run.WasAbortedBeforeStart)
        {
            ForgetRun(run, isStatePreserved: true);
            await Task.Delay(attempts.Pause, services.Time, CancellationToken.None).ConfigureAwait(false);

            // Asked after the pause: the failure of other code is published on iopub, and the reply that a request was aborted may
            // overtake it.
            var othersFailed = instance.ExternalRequests.FailureCount != failuresBefore;
            return !attempts.MayFollow(othersFailed) && TryEndAborted(execution, attempts, end);
        }

        if (execution.Trace is { } trace) trace.ErrorName = run.ErrorName;
        execution.Complete(end);
        if (run.IsKernelExiting) await kernel.ReplaceExitingAsync(instance).ConfigureAwait(false);
        if (!end.IsStatePreserved) return true;

        kernel.NoteProgress();
        if (run.StoppedBy is not null) await instance.Interrupt.SettleAsync().ConfigureAwait(false);
        if (end.Reason != ExecutionEndReason.Completed && instance.Quirks.AbortsAfterFailure is { Ticks: > 0 } pause)
        {
            await Task.Delay(pause, services.Time, CancellationToken.None).ConfigureAwait(false);
        }

        await variables.RestoreAsync(instance, isAnswering: end.ReplySeen).ConfigureAwait(false);
        return true;
    }

    // False when it was withdrawn during the pause: the next attempt finds that, and ends it so.
    private bool TryEndAborted(Execution execution, ExecutionAttempts attempts, ExecutionEnd end)
    {
        lock (_gate)
        {
            if (_withdrawal is not null) return false;
        }

        if (attempts.TimeLeft == TimeSpan.Zero)
            end = end with { Reason = ExecutionEndReason.TimedOut, StoppedBy = ExecutionStopCause.TimeLimit, Message = ExecutionVerdict.TimeLimitMessage };
        execution.Complete(execution.Journal.AppendEnd(end, services.Time.GetUtcNow()));
        return true;
    }

    private async Task<bool> SendAsync(Execution execution, ExecutionAttempts attempts, KernelInstance instance, ExecutionRun run)
    {
        attempts.NoteSent();
        using var deadline = attempts.TimeLeft is not { } timeout
            ? null
            : services.Time.CreateTimer(
                _ => StopAtTimeLimit(instance, run),
                null,
                timeout,
                Timeout.InfiniteTimeSpan);
        execution.Trace?.NoteSent(instance.LaunchSpan, instance.Process?.ProcessId);
        await using var watch = new AnswerWatch(kernel, instance, run, services.KernelOptions, services.Time).ConfigureAwait(false);

        // stop_on_error: the queue is in the gateway, so there is nothing to abort. True would make ipykernel and IRkernel abort
        // requests that arrive just after an error, also those of other clients.
        return await instance.TryRunAsync(
            new ExecuteRequest
            {
                Code = execution.Code,
                StoreHistory = execution.Options.StoreHistory,
                AllowStdin = execution.Options.AllowStdin,
                StopOnError = false,
            },
            run).ConfigureAwait(false);
    }

    // The client of the kernel keeps the other callbacks longer than the execution; this one would keep the code with them.
    private Action CreateOutputLimitStop(Execution execution) => () => _ = Task.Run(() => InterruptAsync(execution, ExecutionStopCause.OutputLimit));

    // Recorded at once: the interrupt itself may have to wait until the kernel can handle it, and the reply may arrive first.
    private void StopAtTimeLimit(KernelInstance instance, ExecutionRun run)
    {
        if (run.TryPassTimeLimit()) _ = Task.Run(() => _interrupter.InterruptAsync(instance, run, ExecutionStopCause.TimeLimit));
    }

    // What stopped this attempt stops the execution: no other one begins.
    private bool ForgetRun(ExecutionRun run, bool isStatePreserved)
    {
        lock (_gate)
        {
            if (run.StoppedBy is { } cause) _withdrawal ??= Withdrawal.Stopped(cause, isStatePreserved);
            _run = null;
            _instance = null;
        }

        return false;
    }

    [LoggerMessage(4101, LogLevel.Debug, "Execution {ExecutionId} did not run at attempt {Attempt}; it is sent again.")]
    private partial void LogRunAgain(string executionId, int attempt);

    [LoggerMessage(4102, LogLevel.Error, "Execution {ExecutionId} failed in the gateway.")]
    private partial void LogFailed(Exception exception, string executionId);
}
