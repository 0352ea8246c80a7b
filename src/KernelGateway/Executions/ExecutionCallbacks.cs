using System.Runtime.CompilerServices;
using KernelGateway.Kernels;

namespace KernelGateway.Executions;

/// <summary>Calls what a caller wants to be called with an execution's events.</summary>
internal static class ExecutionCallbacks
{
    /// <summary>Reads the events up to the end, each after its callbacks; the execution is interrupted when reading is given up before.</summary>
    public static async IAsyncEnumerable<ExecutionEvent> ReadToEndAsync(
        Execution execution, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var over = false;
        try
        {
            await foreach (var executionEvent in execution.ReadEventsAsync(0, cancellationToken).ConfigureAwait(false))
            {
                over = executionEvent is EndEvent;
                await InvokeAsync(execution, executionEvent, cancellationToken).ConfigureAwait(false);
                yield return executionEvent;
                if (over) yield break;
            }
        }
        finally
        {
            // Cancelled, or left early: nobody wants what it computes. The interrupt goes its way without us.
            if (!over) _ = execution.InterruptAsync(CancellationToken.None);
        }
    }

    private static async Task InvokeAsync(Execution execution, ExecutionEvent executionEvent, CancellationToken cancellationToken)
    {
        var options = execution.Options;
        options.OnEvent?.Invoke(executionEvent);
        switch (executionEvent)
        {
            case StreamEvent { IsStderr: false } stream:
                options.OnStdout?.Invoke(stream.Text);
                break;
            case StreamEvent stream:
                options.OnStderr?.Invoke(stream.Text);
                break;
            case ResultEvent result:
                options.OnResult?.Invoke(result);
                break;
            case ErrorEvent error:
                options.OnError?.Invoke(error.Error);
                break;
            case InputRequestEvent request when options.OnInput is { } answer:
                await AnswerAsync(execution, request, answer, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private static async Task AnswerAsync(
        Execution execution, InputRequestEvent request, Func<InputRequestEvent, CancellationToken, Task<string>> answer, CancellationToken cancellationToken)
    {
        // Not disposed: a callback that is given up may still look at its token.
        var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answering = answer(request, over.Token);
        if (await Task.WhenAny(answering, execution.Completion).ConfigureAwait(false) != answering)
        {
            // The code has ended, by its time limit or otherwise, and wants no line any more: nor does anybody want to know of a failure.
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
            // It has ended just now, or somebody else answered.
        }
    }
}
