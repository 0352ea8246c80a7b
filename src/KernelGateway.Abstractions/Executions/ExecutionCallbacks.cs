namespace KernelGateway.Executions;

/// <summary>The callbacks for the events of an execution that <see cref="ICodeContext.RunAsync"/> runs.</summary>
/// <remarks>
/// The calls come one after another, in the order of the events. An exception interrupts the execution and reaches the caller.
/// </remarks>
public sealed class ExecutionCallbacks
{
    /// <summary>Gets or sets the callback that is called with each chunk of standard output. It should be quick.</summary>
    public Action<string>? OnStdout { get; set; }

    /// <summary>Gets or sets the callback that is called with each chunk of standard error. It should be quick.</summary>
    public Action<string>? OnStderr { get; set; }

    /// <summary>Gets or sets the callback that is called with each result as it arrives.</summary>
    public Action<ResultEvent>? OnResult { get; set; }

    /// <summary>Gets or sets the callback that is called when the code raises.</summary>
    public Action<ExecutionError>? OnError { get; set; }

    /// <summary>Gets or sets the callback that is called with every event, before the more specific calls.</summary>
    public Action<ExecutionEvent>? OnEvent { get; set; }

    /// <summary>Gets or sets the callback that answers the code's requests for input.</summary>
    /// <value>
    /// Default: null. Setting it implies <see cref="ExecutionOptions.AllowStdin"/>. Its token is cancelled when the code has ended
    /// before the answer; the answer is not used then.
    /// </value>
    public Func<InputRequestEvent, CancellationToken, Task<string>>? OnInput { get; set; }

    /// <summary>Calls the callbacks of an event, without <see cref="OnInput"/>.</summary>
    internal void Invoke(ExecutionEvent executionEvent)
    {
        OnEvent?.Invoke(executionEvent);
        switch (executionEvent)
        {
            case StreamEvent { IsStderr: false } stream:
                OnStdout?.Invoke(stream.Text);
                break;
            case StreamEvent stream:
                OnStderr?.Invoke(stream.Text);
                break;
            case ResultEvent result:
                OnResult?.Invoke(result);
                break;
            case ErrorEvent error:
                OnError?.Invoke(error.Error);
                break;
        }
    }
}
