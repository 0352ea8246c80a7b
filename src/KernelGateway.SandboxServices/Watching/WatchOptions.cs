namespace KernelGateway.SandboxServices.Watching;

/// <summary>How a directory is watched.</summary>
public sealed record WatchOptions
{
    /// <summary>Gets whether the directories below are watched too, also those that are made later.</summary>
    /// <value>
    /// False, the default. True costs the system one watch for each directory (<c>/proc/sys/fs/inotify/max_user_watches</c>).
    /// </value>
    public bool IsRecursive { get; init; }

    /// <summary>Gets whether events carry the description of the file.</summary>
    /// <value>False, the default.</value>
    public bool IncludesEntries { get; init; }

    /// <summary>
    /// Gets whether a directory in a network file system can be watched, where only changes of this machine are seen.
    /// </summary>
    /// <value>False, the default: it is refused.</value>
    public bool AllowsNetworkMounts { get; init; }

    /// <summary>Gets how many events wait for their reader.</summary>
    /// <value>
    /// 65,536 by default; at least 1. When so many wait, one <see cref="WatchEventKind.Overflow"/> is added and later events are
    /// dropped until some are taken. An event needs some 150 bytes.
    /// </value>
    public int MaxPendingEvents { get; init; } = 65_536;
}
