using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Kernelspecs;
using KernelGateway.Languages;
using KernelGateway.Launching;
using KernelGateway.Processes.Users;
using KernelGateway.RichData;

namespace KernelGateway;

/// <summary>The options of a gateway. The defaults are for a sidecar next to its kernels.</summary>
/// <remarks>A gateway takes a copy when it is started; later changes have no effect on it.</remarks>
public sealed class KernelGatewayOptions
{
    /// <summary>Gets or sets the working directory of contexts that name none.</summary>
    /// <value>Null by default, for the gateway's own, or the home of <see cref="LaunchOptions.KernelUser"/> where that is set.</value>
    public string? DefaultWorkingDirectory { get; set; }

    /// <summary>Gets or sets how many executions that have ended can still be read by their id. Default: 1000, the newest ones.</summary>
    public int RetainedExecutions { get; set; } = 1000;

    /// <summary>
    /// Gets or sets how much these ended executions may cost, in bytes, on disk and in memory. Default: 256 MiB.
    /// </summary>
    /// <value>
    /// Code, variables and output count with their overhead. Beyond the limit the oldest executions are removed; the newest one
    /// is kept. Of a removed context only the last executions are kept, up to 256 KiB.
    /// </value>
    public long RetainedExecutionBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Gets or sets the directory for output that does not fit into memory. Default: the directory for temporary files.
    /// </summary>
    /// <value>
    /// Files in it have no name and are removed with the gateway. On a file system in memory (tmpfs) they use memory that is not
    /// counted.
    /// </value>
    public string? SpillDirectory { get; set; }

    /// <summary>Gets or sets how much all executions together may write there, in bytes. Default: 8 GiB.</summary>
    /// <value>Beyond it, and while the disk is full, output that does not fit into memory is dropped and counted in the end of its execution.</value>
    public long MaxSpillBytes { get; set; } = 8L << 30;

    /// <summary>Gets or sets how long a reader may leave waiting events unread. Default: 10 minutes.</summary>
    /// <value>
    /// Then an HTTP client is disconnected and can continue later. A reader in process is closed only when its execution is no
    /// longer retained, and gets a <see cref="TimeoutException"/>.
    /// </value>
    public TimeSpan ReaderIdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets or sets how much memory everything that is retained or in flight may take, in bytes. Default: 1 GiB.
    /// </summary>
    /// <value>
    /// At least 16 MiB. Code, messages received from kernels, output, queues, replays and request bodies are counted with their
    /// overhead. Bytes that do not fit are written to the disk, refused, or dropped and counted, as the table "Memory and disk" in the
    /// README says.
    /// </value>
    public long MaxMemory { get; set; } = 1L << 30;

    /// <summary>
    /// Gets or sets a value indicating whether memory is returned to the system after a minute without activity.
    /// </summary>
    /// <value>
    /// Default: false; the command <c>serve</c> turns it on. It runs a compacting and blocking garbage collection of the whole
    /// process, which a program that embeds the gateway may not want.
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
    /// Default: 0. At most <see cref="ContextOptions.MaxContexts"/>, which includes them; one of them is ended when a context
    /// needs its place. A context takes one, and another one is started, if the context has the default kernelspec and directory,
    /// no variables and no requested id.
    /// </value>
    public int Prespawn { get; set; }

    /// <summary>Gets or sets a directory with the connection files of kernels that are started by someone else.</summary>
    /// <value>
    /// Default: none. Each kernel is attached as a context while its file exists and it answers. It is never ended. The directory
    /// need not exist yet. Every program that can write to it can choose the addresses to which the gateway connects.
    /// </value>
    public string? ConnectionDirectory { get; set; }

    /// <summary>Gets the limits of contexts and their executions.</summary>
    public ContextOptions Contexts { get; private set; } = new();

    /// <summary>Gets the time limits of kernels.</summary>
    public KernelOptions Kernels { get; private set; } = new();

    /// <summary>Gets the directories that are searched for kernelspecs.</summary>
    public KernelSpecCatalogOptions KernelSpecs { get; private set; } = new();

    /// <summary>Gets how processes are launched, and which variables they inherit.</summary>
    public LaunchOptions Launching { get; private set; } = new();

    /// <summary>Gets which kernel serves a language.</summary>
    public LanguageOptions Languages { get; private set; } = new();

    /// <summary>Gets how Python kernels describe tables, charts, lists and images.</summary>
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
