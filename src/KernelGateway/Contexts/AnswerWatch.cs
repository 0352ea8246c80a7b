using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages.Shell;

namespace KernelGateway.Contexts;

/// <summary>Finds out whether a kernel that is silent about an execution computes, or lives and will not answer it.</summary>
/// <remarks>
/// <para>
/// Kernels lose requests and replies: one whose code has changed the decimal context cannot read the next request's date, one whose
/// code has closed <c>sys.stdout</c> fails before it replies. Two things tell that from code that computes: the request has not begun
/// though the kernel, which has nothing else to do, answers on control; or the kernel answers on shell what was asked behind it.
/// </para>
/// <para>A kernel that answers no question computes. IRkernel, Octave and Macaulay2 answer none meanwhile.</para>
/// </remarks>
internal sealed class AnswerWatch : IAsyncDisposable
{
    private readonly Kernel _kernel;
    private readonly KernelInstance _instance;
    private readonly ExecutionRun _run;
    private readonly KernelOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over = new();
    private readonly ITimer _timer;

    /// <summary>Begins to watch an execution that is being sent; questions are asked when it has not ended after <see cref="KernelOptions.UnansweredAfter"/>.</summary>
    public AnswerWatch(Kernel kernel, KernelInstance instance, ExecutionRun run, KernelOptions options, TimeProvider time)
    {
        _kernel = kernel;
        _instance = instance;
        _run = run;
        _options = options;
        _time = time;
        _timer = time.CreateTimer(static state => ((AnswerWatch)state!).Ask(), this, options.UnansweredAfter, Timeout.InfiniteTimeSpan);
    }

    // What the kernel has begun with and not ended: a cell of another client, or a comm's handler, before which ours waits.
    private bool IsBusyElsewhere => _instance.Foreign.IsThere || _kernel.Activity.IsBusy;

    /// <summary>Stops asking, when the execution has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _over.CancelAsync().ConfigureAwait(false);
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
            await watch(_over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The execution has ended.
        }
    }

    private async Task WatchBeginningAsync(CancellationToken over)
    {
        while (!_run.Begun.IsCompleted)
        {
            // What was busy with something else, or stopped, begins a moment later than it answers.
            if (!IsBusyElsewhere
                && await _instance.TryMakeRoundTripAsync(KernelChannel.Control, _options.RequestTimeout, over).ConfigureAwait(false)
                && !await IsWithinAsync(_run.Begun, _options.CompletionGrace, over).ConfigureAwait(false)
                && !IsBusyElsewhere)
            {
                _run.TryEndUnanswered(
                    $"The kernel answers on its control channel and has not begun with the code within {_options.UnansweredAfter.TotalSeconds:0.###} seconds. "
                    + "Output that still comes is shown as late. The context can be used; if it goes on like this, restart it.");
                return;
            }

            await IsWithinAsync(_run.Begun, _options.UnansweredAfter, over).ConfigureAwait(false);
        }
    }

    private async Task WatchOrderAsync(CancellationToken over)
    {
        // The question stays in the kernel's queue, behind the code, for as long as that computes: it is asked once.
        while (!(await _instance.TryMakeRoundTripAsync(KernelChannel.Shell, Timeout.InfiniteTimeSpan, over).ConfigureAwait(false)
            && !await IsWithinAsync(_run.Ended, _options.CompletionGrace, over).ConfigureAwait(false)
            && await AnswersInOrderAsync(over).ConfigureAwait(false)))
        {
            await Task.Delay(_options.UnansweredAfter, _time, over).ConfigureAwait(false);
        }

        _run.TryEndUnanswered(
            "The kernel has answered what it was asked after the code, and not the code: it has lost the request or its reply. "
            + "Whether the code ran to its end is not known. The context can be used and has its variables; if it goes on like this, restart it.");
    }

    // A kernel that answers questions beside running code (tslab) runs code in order all the same.
    private async Task<bool> AnswersInOrderAsync(CancellationToken over)
    {
        if (_instance.AnswersInOrder) return true;
        try
        {
            var reply = await _instance.RunSilentlyAsync("", over, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            return !reply.IsAborted;
        }
        catch (KernelGatewayException)
        {
            return false;
        }
    }

    private async Task<bool> IsWithinAsync(Task task, TimeSpan limit, CancellationToken over)
    {
        try
        {
            await task.WaitAsync(limit, _time, over).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
