using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Engines;

/// <summary>Describes a sandbox that an engine is to create.</summary>
public sealed record SandboxSpecification
{
    /// <summary>Gets the id, from which the names of its directory, its control groups and its host are made.</summary>
    /// <value>The letter <c>i</c> and 20 lower-case letters and digits.</value>
    public required string Id { get; init; }

    /// <summary>Gets the template. The engine uses its root directory, its mounts and its default user.</summary>
    public required SandboxTemplate Template { get; init; }

    /// <summary>
    /// Gets the directory with the files to start with, as <see cref="ISandboxEngine.CopyFilesAsync"/> wrote those of another
    /// sandbox.
    /// </summary>
    /// <value>Null by default: the files of the template.</value>
    public string? Files { get; init; }

    /// <summary>
    /// Gets whether <see cref="Files"/> is moved into the sandbox instead of copied. A creation that fails moves it back.
    /// </summary>
    public bool TakesFiles { get; init; }

    /// <summary>Gets which addresses the sandbox can reach.</summary>
    /// <value>None by default.</value>
    public NetworkPolicy Network { get; init; } = NetworkPolicy.None;

    /// <summary>Gets the arguments of the sidecar after <c>serve</c>. The engine adds <c>--socket</c>.</summary>
    /// <value>They can be read inside the sandbox: pass secrets in <see cref="Environment"/>.</value>
    public IReadOnlyList<string> SidecarArguments { get; init; } = [];

    /// <summary>Gets the environment variables of the sidecar's process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets how many processors the sandbox may use.</summary>
    /// <value>Zero by default: unlimited.</value>
    public double Cpus { get; init; }

    /// <summary>Gets the limit of memory in bytes.</summary>
    /// <value>Zero by default: unlimited.</value>
    public long MemoryBytes { get; init; }

    /// <summary>Gets how much the sandbox may write to its file system, in bytes.</summary>
    /// <value>Zero by default: unlimited. The smallest limit is 16 MiB.</value>
    public long DiskBytes { get; init; }

    /// <summary>Gets the limit of processes and threads.</summary>
    /// <value>Zero by default: unlimited.</value>
    public int MaxProcesses { get; init; }
}
