namespace KernelGateway.Executions;

/// <summary>How one piece of code is run.</summary>
public sealed class ExecutionOptions
{
    /// <summary>Gets or sets environment variables for this execution only.</summary>
    /// <value>
    /// Default: none. They are set by a silent request before the code and restored by another after it, also after an error or an
    /// interrupt; a value can hold anything but NUL. A language without a profile has none: such an execution is refused.
    /// </value>
    public IReadOnlyDictionary<string, string>? EnvironmentVariables { get; set; }

    /// <summary>Gets or sets how long the code may run, from the moment the kernel gets it; waiting in the queue does not count.</summary>
    /// <value>Default: no limit. At most 49 days. When it passes, the code is interrupted and the execution ends with <c>timed_out</c>.</value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets a value indicating whether the code may ask for input.</summary>
    /// <value>Default: false, and then <c>input()</c> raises in the kernel; <see cref="OnInput"/> turns it on.</value>
    public bool AllowStdin { get; set; }

    /// <summary>Gets or sets a value indicating whether the code is recorded in the kernel's history and counted. Default: true.</summary>
    public bool StoreHistory { get; set; } = true;

    /// <summary>Gets or sets what is called with each chunk of standard output, in order. It should be quick.</summary>
    public Action<string>? OnStdout { get; set; }

    /// <summary>Gets or sets what is called with each chunk of standard error, in order. It should be quick.</summary>
    public Action<string>? OnStderr { get; set; }

    /// <summary>Gets or sets what is called with each result as it arrives.</summary>
    public Action<ResultEvent>? OnResult { get; set; }

    /// <summary>Gets or sets what is called when the code raises.</summary>
    public Action<ExecutionError>? OnError { get; set; }

    /// <summary>Gets or sets what is called with every event, before the more specific calls.</summary>
    public Action<ExecutionEvent>? OnEvent { get; set; }

    /// <summary>Gets or sets what answers the code's requests for input. Setting it implies <see cref="AllowStdin"/>.</summary>
    /// <value>Default: null. Its token is cancelled when the code has ended meanwhile; what it gives then is for nobody.</value>
    public Func<InputRequestEvent, CancellationToken, Task<string>>? OnInput { get; set; }

    internal bool HasCallbacks =>
        OnStdout is not null || OnStderr is not null || OnResult is not null || OnError is not null || OnEvent is not null || OnInput is not null;
}
