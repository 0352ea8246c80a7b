namespace KernelGateway.Client;

/// <summary>How a terminal is created.</summary>
public sealed class PtyCreateOptions
{
    /// <summary>Gets or sets the number of columns. Default: 80.</summary>
    public int Cols { get; set; } = 80;

    /// <summary>Gets or sets the number of rows. Default: 24.</summary>
    public int Rows { get; set; } = 24;

    /// <summary>Gets or sets the callback that is called with each chunk of output, as bytes: a chunk may end within a character.</summary>
    public Action<ReadOnlyMemory<byte>>? OnData { get; set; }

    /// <summary>Gets or sets how long it may last; then it is killed.</summary>
    /// <value>Default: 60 seconds. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> and zero are no limit.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the user whose shell it is. Default: the default user of the sandbox.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets environment variables for it. Default: those of the sandbox, and an UTF-8 locale with <c>TERM=xterm-256color</c>.</summary>
    public IReadOnlyDictionary<string, string>? Envs { get; set; }

    /// <summary>Gets or sets the directory in which it starts. Default: the default directory of the sandbox.</summary>
    public string? Cwd { get; set; }
}

/// <summary>How a terminal that runs is connected to.</summary>
public sealed class PtyConnectOptions
{
    /// <summary>Gets or sets the callback that is called with each chunk of output from now on.</summary>
    public Action<ReadOnlyMemory<byte>>? OnData { get; set; }

    /// <summary>Gets or sets how long the connection lasts; the terminal goes on then.</summary>
    /// <value>Default: 60 seconds. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> and zero are no limit.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);
}
