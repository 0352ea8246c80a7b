using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Languages;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Contexts;

/// <summary>Takes one execution at a time through the kernel: variables, the code, variables back; whatever happens, it ends.</summary>
internal sealed partial class ExecutionRunner(Kernel kernel, LanguageProfile? profile, ContextServices services)
{
    // A request that the kernel aborted without beginning with it is sent again so often.
    private const int MaxAttempts = 3;

    private static readonly TimeSpan AbortPause = TimeSpan.FromMilliseconds(250);

    private readonly KernelInterrupter _interrupter = new(kernel, services.KernelOptions.InterruptGrace, services.Time);
    private readonly ILogger _logger = services.Logger;
    private readonly Lock _gate = new();
    private Execution? _execution;

    // Its turn had come and its task had not begun yet when it was interrupted.
    private Execution? _interruptedAtStart;
    private ExecutionRun? _run;
    private KernelInstance? _instance;
    private CancellationTokenSource? _waitingForKernel;

    /// <summary>Runs an execution to its end, which is in its journal when this returns. Never throws.</summary>
    public async Task RunAsync(Execution execution)
    {
        execution.IsRunning = true;
        using var waiting = new CancellationTokenSource();
        lock (_gate)
        {
            _execution = execution;
            _waitingForKernel = waiting;
            if (ReferenceEquals(_interruptedAtStart, execution)) waiting.Cancel();
            _interruptedAtStart = null;
        }

        try
        {
            for (var attempt = 1; !await TryRunAsync(execution, attempt, waiting.Token).ConfigureAwait(false); attempt++)
            {
                LogRunAgain(execution.Id, attempt);
            }
        }
        catch (KernelClosedException exception)
        {
            var reason = exception.Reason == KernelCloseReason.ShutDown ? ExecutionEndReason.Removed : ExecutionEndReason.Rejected;
            EndUnrun(execution, reason, exception.Message);
        }
        catch (OperationCanceledException) when (waiting.IsCancellationRequested)
        {
            EndUnrun(execution, ExecutionEndReason.Interrupted, "It was cancelled while it waited for its kernel.");
        }
        catch (Exception exception)
        {
            // No path leaves a reader hanging, not even a defect of ours.
            LogFailed(exception, execution.Id);
            EndUnrun(execution, ExecutionEndReason.Rejected, $"The gateway failed to run it: {exception.Message}");
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

    /// <summary>Ends an execution that never reached the kernel.</summary>
    public void EndUnrun(Execution execution, ExecutionEndReason reason, string message)
    {
        if (execution.Completion.IsCompleted) return;
        var end = new ExecutionEnd { Reason = reason, Message = message };
        execution.Journal.AppendEnd(end, services.Time.GetUtcNow());
        execution.Complete(end);
        if (!execution.IsRunning) services.Executions.Retire(execution);
    }

    /// <summary>Interrupts the execution if it is the one that runs; true when it ended because of this.</summary>
    public async Task<bool> InterruptAsync(Execution execution, InterruptCause cause)
    {
        ExecutionRun? run;
        KernelInstance? instance;
        lock (_gate)
        {
            if (execution.Completion.IsCompleted) return false;
            var isCurrent = ReferenceEquals(_execution, execution);
            run = isCurrent ? _run : null;
            instance = isCurrent ? _instance : null;
            if (!isCurrent) _interruptedAtStart = execution;
            else if (run is null) _waitingForKernel!.Cancel();
        }

        if (run is null || instance is null) return (await execution.Completion.ConfigureAwait(false)).Reason == ExecutionEndReason.Interrupted;
        return await _interrupter.InterruptAsync(instance, run, cause).ConfigureAwait(false);
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

        await instance.Client.SendInputReplyAsync(value, request, cancellationToken).ConfigureAwait(false);
    }

    // True when the execution has ended; false when it has to be run again, from the start.
    private async Task<bool> TryRunAsync(Execution execution, int attempt, CancellationToken waiting)
    {
        var instance = await kernel.WhenReadyAsync(waiting).ConfigureAwait(false);

        // What prepares the kernel went out before; an interrupt of the code must not hit that instead.
        await instance.Prepared.WaitAsync(waiting).ConfigureAwait(false);
        await instance.WaitForForeignCodeAsync(waiting).ConfigureAwait(false);
        var run = new ExecutionRun(
            execution.Journal,
            new ExecutionRunOptions(
                services.KernelOptions.CompletionGrace,
                services.ContextOptions.MaxOutputBytes,
                instance.Quirks.ReportsErrorsAsOk,
                MayResend: attempt < MaxAttempts)
            {
                Settle = instance.Quirks.PublishesBehindIdle ? services.KernelOptions.SettleTime : TimeSpan.Zero,
                AllowsInput = AllowsInput(execution.Options),
            },
            services.Time)
        {
            UnwantedInputRequested = request => _ = Task.Run(() => AnswerNothingAsync(instance, request)),
            OutputLimitReached = () => _ = Task.Run(() => InterruptAsync(execution, InterruptCause.OutputLimit)),
        };
        lock (_gate)
        {
            waiting.ThrowIfCancellationRequested();
            _run = run;
            _instance = instance;
        }

        var variables = new ExecutionVariables(profile, execution.Options.EnvironmentVariables);
        var set = await variables.SetAsync(instance).ConfigureAwait(false);
        if (set == ExecutionVariables.Outcome.KernelOver) return ForgetRun();

        if (run.WasInterrupted) run.TryEnd(ExecutionEndReason.Interrupted, "It was cancelled before its code was sent.");
        else if (set == ExecutionVariables.Outcome.Refused) run.TryEnd(ExecutionEndReason.Rejected, "The kernel did not accept the variables of the execution.");
        else if (!await SendAsync(execution, instance, run).ConfigureAwait(false)) return ForgetRun();

        var end = await run.Ended.ConfigureAwait(false);
        if (run.WasAbortedUnrun)
        {
            // It is still emptying its queue after an error or an interrupt; a moment later it is done with that.
            await Task.Delay(AbortPause * attempt, services.Time, CancellationToken.None).ConfigureAwait(false);
            return ForgetRun();
        }

        execution.Complete(end);
        if (!end.IsStatePreserved) return true;

        kernel.NoteProgress();
        if (run.WasInterrupted) await instance.Interrupt.SettleAsync().ConfigureAwait(false);
        if (end.Reason != ExecutionEndReason.Completed && instance.Quirks.AbortsAfterFailure is { Ticks: > 0 } pause)
        {
            await Task.Delay(pause, services.Time, CancellationToken.None).ConfigureAwait(false);
        }

        await variables.RestoreAsync(instance).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> SendAsync(Execution execution, KernelInstance instance, ExecutionRun run)
    {
        var options = execution.Options;
        using var deadline = options.Timeout is not { } timeout
            ? null
            : services.Time.CreateTimer(
                _ => Task.Run(() => _interrupter.InterruptAsync(instance, run, InterruptCause.TimedOut)),
                null,
                timeout,
                Timeout.InfiniteTimeSpan);

        // stop_on_error: the queue is ours, there is nothing to abort; true would make ipykernel and IRkernel abort
        // what arrives just after an error, other clients' requests among it.
        return await instance.TryRunAsync(
            new ExecuteRequest
            {
                Code = execution.Code,
                StoreHistory = options.StoreHistory,
                AllowStdin = AllowsInput(options),
                StopOnError = false,
            },
            run).ConfigureAwait(false);
    }

    private static bool AllowsInput(ExecutionOptions options) => options.AllowStdin || options.OnInput is not null;

    // An empty line is what R itself gives to code that asks where nobody can answer.
    private async Task AnswerNothingAsync(KernelInstance instance, JupyterMessage request)
    {
        try
        {
            await instance.Client.SendInputReplyAsync("", request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (KernelClosedException exception)
        {
            // Whoever asked is gone.
            LogUnanswered(exception.Message);
        }
    }

    private bool ForgetRun()
    {
        lock (_gate)
        {
            _run = null;
            _instance = null;
        }

        return false;
    }

    [LoggerMessage(4101, LogLevel.Debug, "Execution {ExecutionId} did not run at attempt {Attempt}; it is sent again.")]
    private partial void LogRunAgain(string executionId, int attempt);

    [LoggerMessage(4103, LogLevel.Debug, "A kernel that asked for input unasked has gone: {Reason}")]
    private partial void LogUnanswered(string reason);

    [LoggerMessage(4102, LogLevel.Error, "Execution {ExecutionId} failed in the gateway.")]
    private partial void LogFailed(Exception exception, string executionId);
}
