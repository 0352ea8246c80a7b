namespace KernelGateway.Contexts;

/// <summary>When idle contexts are removed, and their kernels shut down.</summary>
/// <remarks>Attached kernels, which were started by someone else, are never culled.</remarks>
public sealed class CullingOptions
{
    /// <summary>Gets or sets how long a context may be idle.</summary>
    /// <value>
    /// Default: zero, which culls nothing. The time in which code runs or waits never counts. A kernelspec whose metadata has
    /// <c>cull_idle_timeout</c>, in seconds, has a time of its own, zero for never; it counts only where this is more than zero.
    /// </value>
    public TimeSpan IdleTimeout { get; set; }

    /// <summary>Gets or sets how often idle contexts are looked for.</summary>
    /// <value>Default: 5 minutes; at most a day. Where <see cref="IdleTimeout"/> is shorter, that is used. A context may live on for so long beyond its time.</value>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets a value indicating whether contexts are culled also while clients are connected to their kernels. Default: false.</summary>
    public bool CullsConnected { get; set; }

    /// <summary>Gets or sets a value indicating whether contexts are culled also while code runs in them.</summary>
    /// <value>Default: false. If true, code that has been silent for <see cref="IdleTimeout"/> is ended, and its results are lost.</value>
    public bool CullsBusy { get; set; }

    internal CullingOptions Copy() => (CullingOptions)MemberwiseClone();
}
