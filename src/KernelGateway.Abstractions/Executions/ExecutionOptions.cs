namespace KernelGateway.Executions;

/// <summary>How an execution is run. The execution takes a copy when it is accepted.</summary>
public sealed class ExecutionOptions
{
    /// <summary>Gets or sets environment variables for this execution only.</summary>
    /// <value>
    /// Default: none. They are set by a silent request before the code and restored by another after it, also after an error or an
    /// interrupt; a value can hold anything but NUL. An execution with variables in a language without a profile is refused.
    /// </value>
    public IReadOnlyDictionary<string, string>? EnvironmentVariables { get; set; }

    /// <summary>Gets or sets how long the code may run, from the moment the kernel gets it; waiting in the queue does not count.</summary>
    /// <value>
    /// Default: <c>ContextOptions.DefaultTimeout</c> of the gateway, usually no limit. At most 49 days and
    /// <c>ContextOptions.MaxTimeout</c>. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> is the longest that is allowed, usually no
    /// limit. When it passes, the code is interrupted and the execution ends with <c>timed_out</c>.
    /// </value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets a value indicating whether the code may ask for input.</summary>
    /// <value>Default: false, and then <c>input()</c> raises in the kernel; <see cref="ExecutionCallbacks.OnInput"/> turns it on.</value>
    public bool AllowStdin { get; set; }

    /// <summary>Gets or sets a value indicating whether the code is recorded in the kernel's history and counted. Default: true.</summary>
    public bool StoreHistory { get; set; } = true;

    /// <summary>Copies the options; the execution keeps the copy, so that a later change by the caller has no effect on it.</summary>
    internal ExecutionOptions Copy(bool allowStdin)
    {
        var copy = (ExecutionOptions)MemberwiseClone();
        copy.AllowStdin |= allowStdin;
        if (EnvironmentVariables is { } variables) copy.EnvironmentVariables = new Dictionary<string, string>(variables, StringComparer.Ordinal);
        return copy;
    }
}
