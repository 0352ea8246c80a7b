namespace KernelGateway.Kernels;

/// <summary>How long the gateway waits for kernels, and how often it tries.</summary>
public sealed class KernelOptions
{
    /// <summary>Gets or sets how long a kernel may take from its launch until it has proven that it is ready.</summary>
    /// <value>Default: 60 seconds. More than zero. When it passes, the process is ended and the launch fails.</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets how long the reply or the idle status of an execution waits for the other half.</summary>
    /// <value>Default: 2 seconds. More than zero. Shorter may cut off the output of a kernel under load.</value>
    public TimeSpan CompletionGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long the end of an execution is held back at kernels known to publish output behind it.</summary>
    /// <value>Default: 100 milliseconds of silence. Not negative. It concerns Deno; zero shows such output as late.</value>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets how long interrupted code has to stop before the next step: a second interrupt, then a restart.</summary>
    /// <value>Default: 5 seconds, so that code which catches interrupts is restarted away after 10. More than zero.</value>
    public TimeSpan InterruptGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long each rung of the shutdown ladder has: the shutdown request, then SIGTERM; then comes SIGKILL.</summary>
    /// <value>Default: 2.5 seconds. More than zero.</value>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Gets or sets how long requests other than executions wait for their reply.</summary>
    /// <value>Default: 10 seconds. More than zero. A kernel that computes answers none of them.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets after how long the gateway asks a kernel that is silent about an execution whether it still lives.</summary>
    /// <value>
    /// Default: 10 seconds. More than zero. One that answers on control and has not begun with the code, or answers what it was asked
    /// behind the code, gets the execution ended with <c>unanswered</c>; one that answers nothing computes, and is left to it.
    /// </value>
    public TimeSpan UnansweredAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets how often in a row a kernel that dies is restarted before it stays dead.</summary>
    /// <value>Default: 5. Zero: never. The count starts anew when code has run to its end, or after <see cref="StableTime"/>.</value>
    public int MaxRestarts { get; set; } = 5;

    /// <summary>Gets or sets how long a kernel has to live for its next death to count as the first.</summary>
    /// <value>Default: 10 seconds.</value>
    public TimeSpan StableTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets a value indicating whether Python and Octave kernels that the gateway starts use the history file of the user.</summary>
    /// <value>
    /// Default: false. Each has a history of its own, which goes with the kernel. When true, code in one context can read the code of all others
    /// (<c>%history -g</c>), and IPython's messages about the locked file appear in the output of cells.
    /// </value>
    public bool SharesHistory { get; set; }

    /// <summary>Gets or sets a value indicating whether Python kernels that the gateway starts are guarded against code that stops them.</summary>
    /// <value>
    /// Default: true. A guarded kernel goes on where the code has closed or replaced <c>sys.stdout</c>, changed the decimal context, forked,
    /// printed text that is not valid Unicode, or started programs that write bytes that are not UTF-8.
    /// </value>
    public bool GuardsPython { get; set; } = true;

    /// <summary>Gets or sets how long an attached kernel may be unreachable before it counts as lost.</summary>
    /// <value>Default: 3 seconds. More than zero.</value>
    public TimeSpan ConnectionLossGrace { get; set; } = TimeSpan.FromSeconds(3);

    internal KernelOptions Copy() => (KernelOptions)MemberwiseClone();
}
