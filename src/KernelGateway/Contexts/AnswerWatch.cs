using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.Contexts;

/// <summary>
/// Finds out whether a kernel that is silent about an execution is computing, or is alive and will never answer.
/// </summary>
/// <remarks>
/// <para>
/// Kernels lose requests and replies: one whose code has changed the decimal context cannot read the next request's date, one whose
/// code has closed <c>sys.stdout</c> fails before it replies. Two observations distinguish that from code that computes. Either
/// the kernel answers on control but has not begun with the request, although no other work is known. Or the kernel answers on
/// shell a request that was sent after the code.
/// </para>
/// <para>A kernel that answers neither request computes. IRkernel, Octave and Macaulay2 answer neither while they compute.</para>
/// </remarks>
internal sealed class AnswerWatch : IAsyncDisposable
{
    private readonly Kernel _kernel;
    private readonly KernelInstance _instance;
    private readonly ExecutionRun _run;
    private readonly KernelOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly ITimer _timer;

    /// <summary>
    /// Begins to watch an execution that is being sent; requests are sent to the kernel when it has not ended after
    /// <see cref="KernelOptions.UnansweredAfter"/>.
    /// </summary>
    public AnswerWatch(Kernel kernel, KernelInstance instance, ExecutionRun run, KernelOptions options, TimeProvider time)
    {
        _kernel = kernel;
        _instance = instance;
        _run = run;
        _options = options;
        _time = time;
        _timer = time.CreateTimer(static state => ((AnswerWatch)state!).Ask(), this, options.UnansweredAfter, Timeout.InfiniteTimeSpan);
    }

    // Other work that the kernel has begun and not ended, a cell of another client or a comm handler, before which the execution
    // waits.
    private bool IsBusyElsewhere => _instance.ExternalRequests.Any || _kernel.Activity.IsBusy;

    /// <summary>Stops asking, when the execution has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _ended.CancelAsync().ConfigureAwait(false);
    }

    private void Ask()
    {
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => UntilOverAsync(WatchBeginningAsync));
            _ = Task.Run(() => UntilOverAsync(WatchOrderAsync));
        }
    }

    private async Task UntilOverAsync(Func<CancellationToken, Task> watch)
    {
        try
        {
            await watch(_ended.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The execution has ended.
        }
    }

    private async Task WatchBeginningAsync(CancellationToken ended)
    {
        while (!_run.Begun.IsCompleted)
        {
            // A kernel that was busy with other work, or stopped, begins a moment after it answers.
            if (!IsBusyElsewhere
                && await _instance.TryMakeRoundTripAsync(KernelChannel.Control, _options.RequestTimeout, ended).ConfigureAwait(false)
                && !await IsWithinAsync(_run.Begun, _options.CompletionGrace, ended).ConfigureAwait(false)
                && !IsBusyElsewhere)
            {
                _run.TryEndUnanswered(
                    $"The kernel answers on its control channel and has not begun with the code within {_options.UnansweredAfter.TotalSeconds:0.###} seconds. "
                    + "Output that still comes is shown as late. The context can be used; if this happens again, restart it.");
                return;
            }

            await IsWithinAsync(_run.Begun, _options.UnansweredAfter, ended).ConfigureAwait(false);
        }
    }

    private async Task WatchOrderAsync(CancellationToken ended)
    {
        // The request stays in the kernel's queue, after the code, until the code has ended; it is sent once.
        while (!(await _instance.TryMakeRoundTripAsync(KernelChannel.Shell, Timeout.InfiniteTimeSpan, ended).ConfigureAwait(false)
            && !await IsWithinAsync(_run.Ended, _options.CompletionGrace, ended).ConfigureAwait(false)
            && await AnswersInOrderAsync(ended).ConfigureAwait(false)))
        {
            await Task.Delay(_options.UnansweredAfter, _time, ended).ConfigureAwait(false);
        }

        _run.TryEndUnanswered(
            "The kernel answered a request that was sent after the code, but not the code: the request or its reply was lost. "
            + "Whether the code ran to its end is not known. The context can be used and has its variables; if this happens again, restart it.");
    }

    // A kernel that answers requests while code runs (tslab) still runs code in order.
    private async Task<bool> AnswersInOrderAsync(CancellationToken ended)
    {
        if (_instance.AnswersInOrder) return true;
        try
        {
            var reply = await _instance.RunSilentlyAsync("", ended, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            return !reply.IsAborted;
        }
        catch (KernelGatewayException)
        {
            return false;
        }
    }

    private async Task<bool> IsWithinAsync(Task task, TimeSpan limit, CancellationToken ended)
    {
        try
        {
            await task.WaitAsync(limit, _time, ended).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
