namespace KernelGateway.Contexts;

/// <summary>When idle contexts are removed, and their kernels shut down.</summary>
/// <remarks>Attached kernels, which were started by someone else, are never culled.</remarks>
public sealed class CullingOptions
{
    /// <summary>Gets or sets how long a context may be idle.</summary>
    /// <value>
    /// Default: zero, which culls nothing. The time in which code runs or waits never counts. A kernelspec whose metadata has
    /// <c>cull_idle_timeout</c>, in seconds, has its own time, zero for never; it applies only if this value is more than zero.
    /// </value>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>Gets or sets the time between two searches for idle contexts.</summary>
    /// <value>
    /// Default: 5 minutes; at most a day. Where <see cref="IdleTimeout"/> is shorter, it is used instead. A context can exceed
    /// its idle time by this interval.
    /// </value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets a value indicating whether contexts are culled also while clients are connected to their kernels. Default: false.</summary>
    public bool CullsConnected { get; set; }

    /// <summary>Gets or sets a value indicating whether contexts are culled also while code runs in them.</summary>
    /// <value>Default: false. If true, code that has been silent for <see cref="IdleTimeout"/> is ended, and its results are lost.</value>
    public bool CullsBusy { get; set; }

    internal CullingOptions Copy() => (CullingOptions)MemberwiseClone();
}
