using KernelGateway.ControlPlane.Engines.Native;

namespace KernelGateway.ControlPlane.Engines.Isolation;

/// <summary>Contains the options that all <see cref="IsolationEngine"/>s have.</summary>
public abstract class IsolationOptions
{
    private protected IsolationOptions()
    {
    }

    /// <summary>
    /// Gets or sets the directory in which the engine keeps records, files of sandboxes and sockets. Only one engine at a time
    /// can use it.
    /// </summary>
    /// <value>
    /// Required. An absolute path without <c>,</c>, <c>:</c> and <c>\</c>. Other users can traverse it, but not list it.
    /// </value>
    public required string DataDirectory { get; set; }

    /// <summary>Gets or sets the directory with <c>kernel-gateway.dll</c>, the program that runs as the sidecar.</summary>
    /// <value>Default: the directory of this program. Its files must be readable by everybody.</value>
    public string SidecarDirectory { get; set; } = AppContext.BaseDirectory;

    /// <summary>Gets or sets the installation of .NET that runs the sidecar.</summary>
    /// <value>Default: the one that runs this program.</value>
    public string DotnetDirectory { get; set; } = DotnetInstallation.Directory;

    /// <summary>Gets or sets the first user id of the host that is given to sandboxes. Each sandbox gets 65,536 ids.</summary>
    /// <value>
    /// Default: 1,000,000,000. At least 65,536. No user of the host may have an id of these ranges, or map one of them
    /// (<c>/etc/subuid</c>): an engine refuses to create sandboxes then. Engines with different data directories need ranges that
    /// do not overlap.
    /// </value>
    public uint FirstHostId { get; set; } = 1_000_000_000;

    /// <summary>Gets or sets how many sandboxes can exist at the same time: the number of ranges of user ids.</summary>
    /// <value>Default: 4,096. From 1 to 40,000.</value>
    public int MaxSandboxes { get; set; } = 4_096;

    /// <summary>Gets or sets the size of <c>/dev/shm</c> in a sandbox, in bytes.</summary>
    /// <value>Default: 64 MiB. It counts as memory of the sandbox.</value>
    public long SharedMemoryBytes { get; set; } = 64L << 20;

    /// <summary>
    /// Gets or sets the program and its arguments that a sandbox runs instead of the sidecar; null for the sidecar. For tests.
    /// </summary>
    internal IReadOnlyList<string>? Command { get; set; }

    internal HostIdRange HostIds => new(FirstHostId, MaxSandboxes);
}
