using System.Collections;

namespace KernelGateway.Launching;

/// <summary>The options for starting kernels on this machine.</summary>
public sealed class LaunchOptions
{
    /// <summary>Gets or sets the interpreter used for kernelspecs whose command is <c>python</c> without a path.</summary>
    /// <value>
    /// Null by default: <c>python</c>, <c>python3</c> and <c>python3.N</c> are looked up on the PATH of the kernel, which may find an
    /// interpreter without the kernel's module. Set it to a path when that happens.
    /// </value>
    public string? PythonInterpreter { get; set; }

    /// <summary>
    /// Gets the names of the gateway's environment variables that kernels inherit; <c>*</c> at the end matches any rest.
    /// </summary>
    /// <value>
    /// By default the variables with which programs find their home, language, libraries and interpreters. Variables that may
    /// contain secrets are not inherited: proxies (their addresses can contain passwords), tokens, cloud credentials. A pattern
    /// <c>*</c> lets the code of every client read all of them, except the gateway's own <c>KERNELGATEWAY__*</c>, which are never
    /// inherited.
    /// </value>
    public IList<string> InheritedEnvironment { get; private set; } =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR", "LANG", "LANGUAGE", "LC_*", "XDG_*",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
        "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "PYTHONIOENCODING",
        "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "CONDA_EXE", "CONDA_SHLVL", "PYENV_ROOT", "PYENV_VERSION",
        "JUPYTER_PATH", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "MPLBACKEND", "MPLCONFIGDIR",
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_HOME", "CUDA_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_*",
        "R_*", "JAVA_HOME", "JULIA_DEPOT_PATH", "JULIA_LOAD_PATH", "NODE_PATH", "DENO_DIR",
    ];

    /// <summary>Gets the environment variables that all kernels get, of every language and wherever they run.</summary>
    /// <value>
    /// Empty by default. They override inherited variables and those of kernelspecs; the variables of a context override
    /// them. In Java they are system properties too.
    /// </value>
    public IDictionary<string, string> Variables { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets the names of the kernelspecs whose kernels listen on Unix sockets instead of loopback ports.</summary>
    /// <value>
    /// Empty by default. Unix sockets are in a directory that only the gateway's user can enter, so other users of the machine
    /// cannot connect. ipykernel, IRkernel and others support them. xeus-python, Deno and tslab do not, and always get loopback
    /// ports.
    /// </value>
    public ISet<string> IpcKernels { get; private set; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets whether kernels that offer it choose their own ports and register them (JEP 66).</summary>
    /// <value>
    /// True by default. It concerns kernelspecs whose <c>kernel_protocol_version</c> is 5.6 or later, unless they use Unix sockets
    /// or run as <see cref="KernelUser"/>.
    /// </value>
    public bool UsesRegistration { get; set; } = true;

    /// <summary>Gets or sets how long a kernel has to register.</summary>
    /// <value>30 seconds by default, at most 49 days, or infinite. The launch fails when they have passed.</value>
    public TimeSpan RegistrationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the directory in which the gateway creates its run directory.</summary>
    /// <value>
    /// Null by default: <c>kernel-gateway</c> in <c>XDG_RUNTIME_DIR</c>, else <c>kernel-gateway-(user id)</c> in the directory for temporary
    /// files. Connection files with their keys are in it, so it is made accessible to its owner only. With <see cref="KernelUser"/>, other users
    /// can pass through it and cannot list it, and <c>XDG_RUNTIME_DIR</c> is not used. A place that belongs to another user, is a symbolic link
    /// or could be replaced by another user is not used: a warning is logged, and a private directory in another place is used.
    /// </value>
    public string? RunDirectoryRoot { get; set; }

    /// <summary>
    /// Gets or sets how long the gateway waits for the end of a killed process, before it logs an error and stops waiting.
    /// </summary>
    /// <value>
    /// 10 seconds by default, at most 49 days, or infinite. A process that is blocked in the system, for example by a network file
    /// system that does not answer, does not end by SIGKILL.
    /// </value>
    public TimeSpan KillTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets whether processes that code has started in the background outlive their kernel.</summary>
    /// <value>
    /// False by default: processes that a kernel's code has started end with the kernel (removed context, restart, end of the
    /// gateway), also after they have moved to another session (<c>setsid</c>, <c>nohup</c>, daemons). They are found by the
    /// kernel's control group, if the gateway may create one, and by a variable of the kernel's environment. Without a control
    /// group, a program that clears its environment is not found. True ends only the kernel's own process group.
    /// </value>
    public bool KeepBackgroundProcesses { get; set; }

    /// <summary>Gets or sets the soft limit of open files that kernels get (<c>ulimit -Sn</c>).</summary>
    /// <value>
    /// Null by default, for the limit the gateway was started with. The .NET runtime raises its own limit to the largest possible
    /// value, with which some programs are slow or fail (they iterate over all possible descriptors, or use <c>select</c>);
    /// kernels therefore do not inherit it. The system does not keep the former value. The gateway uses that of the process that
    /// started it, or 1024 if that process has different limits (a service manager, a container engine). At least 1. Linux only.
    /// </value>
    public int? OpenFilesLimit { get; set; }

    /// <summary>Gets or sets how much memory a kernel, and all that it starts, may use together.</summary>
    /// <value>
    /// In bytes, at least 16 MiB. Null by default, for no limit. The gateway makes a control group for each kernel where it may. The
    /// system then kills the largest process of the group, or all of them (version 2), when the limit is exceeded; the end of the execution says so.
    /// Elsewhere it is a resource limit (RLIMIT_AS) of the address space of each process, set by the program <c>prlimit</c>: code
    /// gets an error instead, and kernels that reserve much more than they use (Java, JavaScript) may not start. The log says which
    /// of the two it is, or that neither is possible. Linux only.
    /// </value>
    public long? MemoryLimit { get; set; }

    /// <summary>Gets or sets how many processes and threads a kernel, and all that it starts, may have together.</summary>
    /// <value>
    /// At least 1. Null by default, for no limit. A Python kernel has about ten threads. The system refuses more with the error EAGAIN. Where
    /// no control group can be made it is a resource limit (RLIMIT_NPROC), which counts all processes and threads of the user on
    /// the machine, and does not hold for root. Linux only.
    /// </value>
    public int? ProcessLimit { get; set; }

    /// <summary>Gets or sets the user that kernels run as: a login name, or a user id that the machine's user database knows.</summary>
    /// <value>
    /// Null by default, for the gateway's own user. Only a gateway that runs as root on Linux can set it; the program <c>setpriv</c> (package
    /// util-linux) must be installed. Kernels then cannot read the gateway's memory, token and configuration, stop it, or reach the files of its
    /// user; they can still reach each other. They get the user's groups, <c>HOME</c>, <c>USER</c>, <c>LOGNAME</c> and <c>SHELL</c>, no
    /// <c>XDG_*</c> variables, and the user's home as working directory where none is named. They use loopback ports that the gateway
    /// chooses, because they may not write into its directory: <see cref="IpcKernels"/> must be empty, and no kernel registers
    /// (<see cref="UsesRegistration"/>). A shell sets their environment variables. A variable that a shell cannot set (its name is
    /// not an identifier, or the shell reserves it, as <c>UID</c>) is not inherited, and a launch with such a variable is refused.
    /// </value>
    public string? KernelUser { get; set; }

    /// <summary>Gets or sets how the gateway's own environment is read.</summary>
    internal Func<IDictionary> GetEnvironment { get; set; } = Environment.GetEnvironmentVariables;

    /// <summary>Gets or sets the callback that is called between the start of a process and its record.</summary>
    internal Action<IAdoptableKernelProcess>? Started { get; set; }

    /// <summary>Gets or sets whether a control group is created for each kernel if that is possible.</summary>
    internal bool UsesControlGroups { get; set; } = true;

    /// <summary>Gets or sets whether each kernel gets its own loopback address; null for what the system supports.</summary>
    internal bool? UsesOwnLoopbackAddresses { get; set; }

    internal LaunchOptions Copy()
    {
        var copy = (LaunchOptions)MemberwiseClone();
        copy.InheritedEnvironment = [.. InheritedEnvironment];
        copy.Variables = new Dictionary<string, string>(Variables, StringComparer.Ordinal);
        copy.IpcKernels = new HashSet<string>(IpcKernels, StringComparer.OrdinalIgnoreCase);
        return copy;
    }
}
