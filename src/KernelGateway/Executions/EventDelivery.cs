using System.Runtime.CompilerServices;
using KernelGateway.Kernels;

namespace KernelGateway.Executions;

/// <summary>Delivers the events of an execution to its caller, and interrupts the execution when the caller leaves.</summary>
internal static class EventDelivery
{
    /// <summary>
    /// Reads the events up to the end and calls the callbacks of each. If reading stops before the end, the execution is
    /// interrupted.
    /// </summary>
    public static async IAsyncEnumerable<ExecutionEvent> ReadToEndAsync(
        Execution execution, ExecutionCallbacks? callbacks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var over = false;
        try
        {
            await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken).ConfigureAwait(false))
            {
                over = executionEvent is EndEvent;
                if (callbacks is not null)
                    await InvokeAsync(execution, executionEvent, callbacks, cancellationToken).ConfigureAwait(false);
                yield return executionEvent;
                if (over) yield break;
            }
        }
        finally
        {
            // Cancelled, or left early: the result is not needed. The interrupt is not awaited.
            if (!over) _ = execution.InterruptAsync(CancellationToken.None);
        }
    }

    private static async Task InvokeAsync(
        Execution execution, ExecutionEvent executionEvent, ExecutionCallbacks callbacks, CancellationToken cancellationToken)
    {
        callbacks.Invoke(executionEvent);
        if (executionEvent is InputRequestEvent request && callbacks.OnInput is { } answer)
            await AnswerAsync(execution, request, answer, cancellationToken).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(
        Execution execution, InputRequestEvent request, Func<InputRequestEvent, CancellationToken, Task<string>> answer, CancellationToken cancellationToken)
    {
        // Not disposed: a callback that is no longer awaited may still use its token.
        var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answering = answer(request, over.Token);
        if (await Task.WhenAny(answering, execution.Ended).ConfigureAwait(false) != answering)
        {
            // The code has ended, by its time limit or otherwise. The answer is no longer needed, and a failure is ignored.
            await over.CancelAsync().ConfigureAwait(false);
            _ = answering.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return;
        }

        var value = await answering.ConfigureAwait(false);
        try
        {
            await execution.SendInputAsync(value, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KernelClosedException)
        {
            // It has just ended, or another client answered.
        }
    }
}
