using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using KernelGateway.Launching.Users;
using KernelGateway.RichData;

namespace KernelGateway;

/// <summary>How a gateway works. The defaults suit a sidecar next to its kernels.</summary>
/// <remarks>A gateway takes a copy when it is started: what is changed afterwards has no effect on it.</remarks>
public sealed class KernelGatewayOptions
{
    /// <summary>Gets or sets the working directory of contexts that name none.</summary>
    /// <value>Null by default, for the gateway's own, or the home of <see cref="LaunchOptions.KernelUser"/> where that is set.</value>
    public string? DefaultWorkingDirectory { get; set; }

    /// <summary>Gets or sets how many executions that have ended can still be read by their id. Default: 1000, the newest ones.</summary>
    public int RetainedExecutions { get; set; } = 1000;

    /// <summary>Gets or sets how much ended executions may cost that are kept for that, in bytes, on disk and in memory. Default: 256 MiB.</summary>
    /// <value>
    /// Code, variables and output count at what they cost. Beyond it the oldest executions are no longer retained; the newest one
    /// stays. Of a context that is removed only its last executions stay, up to 256 KiB.
    /// </value>
    public long RetainedExecutionBytes { get; set; } = 256L << 20;

    /// <summary>Gets or sets where output is written that does not fit into memory. Default: the directory for temporary files.</summary>
    /// <value>Files in it have no name and vanish with the gateway. On a file system in memory (tmpfs) they take memory after all.</value>
    public string? SpillDirectory { get; set; }

    /// <summary>Gets or sets how much all executions together may write there, in bytes. Default: 8 GiB.</summary>
    /// <value>Beyond it, and while the disk is full, output that does not fit into memory is dropped and counted in the end of its execution.</value>
    public long MaxSpillBytes { get; set; } = 8L << 30;

    /// <summary>Gets or sets how long a reader of events may take nothing though there is something to take. Default: 10 minutes.</summary>
    /// <value>
    /// Then an HTTP client is disconnected and may come back; a reader in process is cut only when its execution is no longer
    /// retained, and gets a <see cref="TimeoutException"/>.
    /// </value>
    public TimeSpan ReaderIdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets how much memory all that is retained or in flight may take together, in bytes. Default: 1 GiB.</summary>
    /// <value>
    /// At least 16 MiB. Code, output, queues, replays and request bodies are counted at what they cost. What does not fit is spilled to disk,
    /// refused, or dropped with a count; the table in the README says which.
    /// </value>
    public long MaxMemory { get; set; } = 1L << 30;

    /// <summary>Gets or sets a value indicating whether memory is given back to the system after a minute of quiet.</summary>
    /// <value>
    /// Default: false; the command <c>serve</c> turns it on. It collects the garbage of the whole process, compacting and blocking, which a
    /// program that embeds the gateway may not want.
    /// </value>
    public bool ReleaseMemoryWhenQuiet { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether kernels that a gateway left when it crashed are adopted at the start.
    /// </summary>
    /// <value>
    /// Default: false; the command <c>serve</c> turns it on. They keep their context ids. Gateways of one user that share a run
    /// directory adopt each other's.
    /// </value>
    public bool AdoptOrphanedKernels { get; set; }

    /// <summary>Gets or sets how many kernels of the default language are prespawned for future contexts.</summary>
    /// <value>
    /// Default: 0. At most <see cref="ContextOptions.MaxContexts"/>, of which they are part; one of them ends where a context needs
    /// its place. A context takes one, and another is started, when it has the default kernelspec and directory, no variables of its own
    /// and no id that was asked for.
    /// </value>
    public int Prespawn { get; set; }

    /// <summary>Gets or sets a directory with the connection files of kernels that are started by someone else.</summary>
    /// <value>
    /// Default: none. Each kernel is attached as a context while its file is there and it answers, and never ended. The directory need not
    /// exist yet. Who can write to it decides to which kernels, and where, the gateway connects.
    /// </value>
    public string? ConnectionDirectory { get; set; }

    /// <summary>Gets the limits of contexts and their executions.</summary>
    public ContextOptions Contexts { get; private set; } = new();

    /// <summary>Gets how long kernels are waited for.</summary>
    public KernelOptions Kernels { get; private set; } = new();

    /// <summary>Gets where kernelspecs are looked for.</summary>
    public KernelSpecCatalogOptions KernelSpecs { get; private set; } = new();

    /// <summary>Gets how processes are launched, and what they inherit.</summary>
    public LaunchOptions Launching { get; private set; } = new();

    /// <summary>Gets which kernel serves a language.</summary>
    public LanguageOptions Languages { get; private set; } = new();

    /// <summary>Gets what Python kernels say about tables, charts, lists and images.</summary>
    public RichDataOptions RichData { get; private set; } = new();

    /// <summary>Copies all options, lists and dictionaries among them. The copy belongs to one gateway and does not change any more.</summary>
    internal KernelGatewayOptions Copy()
    {
        var copy = (KernelGatewayOptions)MemberwiseClone();
        copy.Contexts = Contexts.Copy();
        copy.Kernels = Kernels.Copy();
        copy.KernelSpecs = KernelSpecs.Copy();
        copy.Launching = Launching.Copy();
        copy.Languages = Languages.Copy();
        copy.RichData = RichData.Copy();
        return copy;
    }

    /// <summary>Returns the absolute path of the working directory of contexts that name none.</summary>
    internal string GetDefaultWorkingDirectory() => Path.GetFullPath(
        DefaultWorkingDirectory
        ?? (Launching.KernelUser is { } user && OperatingSystem.IsLinux() ? UserAccount.Find(user)?.DefaultDirectory : null)
        ?? Environment.CurrentDirectory);
}
