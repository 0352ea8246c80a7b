namespace KernelGateway.Kernels;

/// <summary>The time limits of kernels, and the number of their restarts.</summary>
public sealed class KernelOptions
{
    /// <summary>Gets or sets how long a kernel may take from its launch until it has proven that it is ready.</summary>
    /// <value>Default: 60 seconds. More than zero. When it passes, the process is ended and the launch fails.</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets how long the reply or the idle status of an execution waits for the other half.</summary>
    /// <value>Default: 2 seconds. More than zero. Shorter may cut off the output of a kernel under load.</value>
    public TimeSpan CompletionGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long the end of an execution is delayed for kernels that publish output after it.</summary>
    /// <value>Default: 100 milliseconds of silence. Not negative. It concerns Deno; zero shows such output as late.</value>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets how long interrupted code has to stop before the next step: a second interrupt, then a restart.</summary>
    /// <value>Default: 5 seconds, so code that ignores interrupts loses its process after 10 seconds. More than zero.</value>
    public TimeSpan InterruptGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gets or sets how long each step of a shutdown may take: the shutdown request, then SIGTERM. SIGKILL follows.
    /// </summary>
    /// <value>Default: 2.5 seconds. More than zero.</value>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Gets or sets how long requests other than executions wait for their reply.</summary>
    /// <value>Default: 10 seconds. More than zero. A kernel that computes does not answer them.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Gets or sets how long a kernel may be silent about an execution before the gateway checks whether it still answers.
    /// </summary>
    /// <value>
    /// Default: 10 seconds. More than zero. If the kernel answers on control and has not begun with the code, or answers a
    /// request that was sent after the code, the execution ends with <c>unanswered</c>; a kernel that answers neither request
    /// computes, and the gateway waits.
    /// </value>
    public TimeSpan UnansweredAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how often in a row a kernel that dies is restarted before it stays dead.</summary>
    /// <value>
    /// Default: 5. Zero: never. The count starts again when code has run to its end, or after <see cref="StableTime"/>.
    /// </value>
    public int MaxRestarts { get; set; } = 5;

    /// <summary>Gets or sets how long a kernel must live so that its next death counts as the first again.</summary>
    /// <value>Default: 10 seconds.</value>
    public TimeSpan StableTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets a value indicating whether Python and Octave kernels that the gateway starts use the history file of the user.</summary>
    /// <value>
    /// Default: false. Each kernel has its own history, which is deleted with the kernel. When true, code in one context can read
    /// the code of all others
    /// (<c>%history -g</c>), and IPython's messages about the locked file appear in the output of cells.
    /// </value>
    public bool SharesHistory { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether Python kernels that the gateway starts are guarded against code that would make
    /// them stop answering.
    /// </summary>
    /// <value>
    /// Default: true. A guarded kernel keeps answering after code has closed or replaced <c>sys.stdout</c>, changed the decimal
    /// context, forked,
    /// printed text that is not valid Unicode, or started programs that write bytes that are not UTF-8.
    /// </value>
    public bool GuardsPython { get; set; } = true;

    /// <summary>Gets or sets how long an attached kernel may be unreachable before it counts as lost.</summary>
    /// <value>Default: 3 seconds. More than zero.</value>
    public TimeSpan ConnectionLossGrace { get; set; } = TimeSpan.FromSeconds(3);

    internal KernelOptions Copy() => (KernelOptions)MemberwiseClone();
}
