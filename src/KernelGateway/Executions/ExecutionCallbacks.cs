namespace KernelGateway.Executions;

/// <summary>Calls what a caller wants to be called with an execution's events.</summary>
internal static class ExecutionCallbacks
{
    public static async Task InvokeAsync(Execution execution, ExecutionEvent executionEvent, CancellationToken cancellationToken)
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
                var value = await answer(request, cancellationToken).ConfigureAwait(false);
                await execution.SendInputAsync(value, cancellationToken).ConfigureAwait(false);
                break;
        }
    }
}
