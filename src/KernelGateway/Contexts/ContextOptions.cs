namespace KernelGateway.Contexts;

/// <summary>The limits of contexts and their executions.</summary>
public sealed class ContextOptions
{
    /// <summary>Gets or sets how many executions of one context may wait. Default: 64. Zero: only one at a time and no waiting.</summary>
    public int MaxQueuedExecutions { get; set; } = 64;

    /// <summary>Gets or sets how many contexts may exist at once. Default: 1000; each costs a process.</summary>
    public int MaxContexts { get; set; } = 1000;

    /// <summary>Gets when idle contexts are removed. Default: never.</summary>
    public CullingOptions Culling { get; private set; } = new();

    /// <summary>Gets or sets how much output one execution may produce before it is interrupted, in bytes.</summary>
    /// <value>
    /// Default: 4 GiB. Output beyond <see cref="JournalMemoryBytes"/> is on the disk; an unlimited value ends when the disk is
    /// full.
    /// </value>
    public long MaxOutputBytes { get; set; } = 4L << 30;

    /// <summary>
    /// Gets or sets how much of one execution's output stays in memory, in bytes; older output is moved to a file. Default: 4
    /// MiB.
    /// </summary>
    public int JournalMemoryBytes { get; set; } = 4 << 20;

    /// <summary>Gets or sets the longest code one execution may have, in bytes of UTF-8. Default: 16 MiB.</summary>
    public int MaxCodeBytes { get; set; } = 16 << 20;

    /// <summary>Gets or sets the time limit of executions, and of cells of notebooks, for which none is given.</summary>
    /// <value>Default: <see cref="MaxTimeout"/>, and no limit where that is not set. More than zero; at most 49 days and <see cref="MaxTimeout"/>.</value>
    public TimeSpan? DefaultTimeout { get; set; }

    /// <summary>Gets or sets the longest time limit that an execution, or a cell of a notebook, can be given.</summary>
    /// <value>
    /// Default: any. More than zero; at most 49 days. A longer one is refused; executions without a limit get this one. It does not
    /// apply to code that Jupyter clients send on the WebSocket route, which never has a time limit.
    /// </value>
    public TimeSpan? MaxTimeout { get; set; }

    internal ContextOptions Copy()
    {
        var copy = (ContextOptions)MemberwiseClone();
        copy.Culling = Culling.Copy();
        return copy;
    }
}
