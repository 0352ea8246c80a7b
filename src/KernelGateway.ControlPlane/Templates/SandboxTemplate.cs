namespace KernelGateway.ControlPlane.Templates;

/// <summary>What a sandbox is made from: a root directory, and the settings with which its sidecar and programs run.</summary>
public sealed record SandboxTemplate
{
    /// <summary>Gets the id, which is also the name of the template's directory.</summary>
    /// <value>Lower-case letters, digits, <c>-</c> and <c>_</c>.</value>
    public required string Id { get; init; }

    /// <summary>Gets further names of the template that requests can use.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Gets the directory that becomes the read-only base of the sandbox's root.</summary>
    /// <value>Null by default: the host's own root, read-only, as far as the engine allows it.</value>
    public string? RootDirectory { get; init; }

    /// <summary>Gets directories of the host that appear read-only in the sandbox.</summary>
    /// <value>None by default.</value>
    public IReadOnlyList<TemplateMount> Mounts { get; init; } = [];

    /// <summary>Gets the user of commands and kernels for which none is given.</summary>
    /// <value><c>user</c> by default.</value>
    public string User { get; init; } = "user";

    /// <summary>Gets the working directory of commands and kernels for which none is given.</summary>
    /// <value><c>/home/user</c> by default.</value>
    public string WorkingDirectory { get; init; } = "/home/user";

    /// <summary>Gets the environment variables of commands and kernels.</summary>
    /// <value>None by default.</value>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets the languages whose kernels are started before the sandbox counts as running.</summary>
    /// <value>None by default: the first cell starts its kernel.</value>
    public IReadOnlyList<string> WarmKernels { get; init; } = [];

    /// <summary>Gets the shell command that is started with the sandbox and runs on.</summary>
    /// <value>Null by default: none. It runs with <c>/bin/sh</c> as <see cref="User"/>, also in copies and after a pause without memory.</value>
    public string? StartCommand { get; init; }

    /// <summary>
    /// Gets the shell command that determines whether the sandbox can be used: it is repeated until its exit code is 0.
    /// </summary>
    /// <value>Null by default: the sandbox counts as running when its sidecar and its kernels are ready.</value>
    public string? ReadyCommand { get; init; }

    /// <summary>Gets how many processors the sandbox may use.</summary>
    /// <value>2 by default.</value>
    public double Cpus { get; init; } = 2;

    /// <summary>Gets the limit of memory in bytes.</summary>
    /// <value>512 MiB by default.</value>
    public long MemoryBytes { get; init; } = 512L << 20;

    /// <summary>Gets how much the sandbox may write to its file system, in bytes.</summary>
    /// <value>1 GiB by default.</value>
    public long DiskBytes { get; init; } = 1L << 30;

    /// <summary>Gets the limit of processes and threads.</summary>
    /// <value>512 by default.</value>
    public int MaxProcesses { get; init; } = 512;

    /// <summary>Gets whether programs of <see cref="User"/> may become root of the sandbox with <c>sudo</c>.</summary>
    /// <value>True by default. Root of a sandbox is an ordinary user of the host.</value>
    public bool AllowsSudo { get; init; } = true;

    /// <summary>Gets the port to which a host name without a port leads.</summary>
    /// <value>80 by default.</value>
    public int DefaultPort { get; init; } = 80;
}

/// <summary>A directory of the host that appears read-only in a sandbox.</summary>
/// <param name="Source">The directory on the host.</param>
/// <param name="Target">Its absolute path in the sandbox.</param>
public sealed record TemplateMount(string Source, string Target);
