namespace KernelGateway.Sandboxes;

/// <summary>How a command is run.</summary>
public sealed class CommandOptions
{
    /// <summary>Gets or sets the directory in which it starts. Default: the default directory of the sandbox.</summary>
    public string? WorkingDirectory { get; set; }

    /// <summary>Gets or sets environment variables for this command. They override those of the sandbox. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? EnvironmentVariables { get; set; }

    /// <summary>Gets or sets how long it may run; then it is killed and <see cref="CommandOutcome.WasTimeLimit"/> is true.</summary>
    /// <value>Default: null, for no limit. Above zero.</value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets the callback that is called with each chunk of standard output. It should be quick.</summary>
    public Action<string>? OnStdout { get; set; }

    /// <summary>Gets or sets the callback that is called with each chunk of standard error. It should be quick.</summary>
    public Action<string>? OnStderr { get; set; }
}
