using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Owners;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Metrics;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;
using KernelGateway.SandboxServices.Watching;

namespace KernelGateway.SandboxServices;

/// <summary>
/// All services of this machine, container or sandbox: files, directory watches, commands, terminals and metrics, with one
/// default user, one default directory and common variables. Linux only.
/// </summary>
/// <remarks>
/// <code>
/// await using var sandbox = new LocalSandbox();
/// await sandbox.Files.WriteAsync("/tmp/a.txt", stream);
/// CommandResult counted = await sandbox.Commands.RunAsync("wc -l /tmp/a.txt");
/// </code>
/// Disposing kills what was started, as <see cref="SandboxProcesses"/> describes, and ends all watches. The object starts nothing
/// by itself.
/// </remarks>
public sealed class LocalSandbox : IAsyncDisposable
{
    private readonly LocalSandboxOptions _options;
    private readonly Lazy<MachineMetrics> _metrics;
    private volatile IProcessOwner? _owner;
    private volatile string? _defaultUser;
    private volatile string? _workingDirectory;

    /// <summary>Creates the services.</summary>
    /// <param name="options">How they work; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option has a value that cannot be used; the message names it.</exception>
    public LocalSandbox(LocalSandboxOptions? options = null)
    {
        _options = options ?? new LocalSandboxOptions();
        _defaultUser = _options.DefaultUser;
        _workingDirectory = _options.WorkingDirectory;
        if (FindProblem() is { } problem) throw new ArgumentException(problem);
        Processes = new SandboxProcesses(new SandboxProcessesOptions
        {
            Variables = _options.Variables,
            MemoryLimit = _options.CommandMemoryLimit,
            ProcessLimit = _options.CommandProcessLimit,
            TimeProvider = _options.TimeProvider,
            LoggerFactory = _options.LoggerFactory,
        });
        Commands = new SandboxCommands(this);
        Terminals = new SandboxTerminals(this);
        _metrics = new Lazy<MachineMetrics>(() => new MachineMetrics(time: _options.TimeProvider));
    }

    /// <summary>Gets the files as the default user reads and writes them.</summary>
    /// <exception cref="UnknownUserException">There is no such user any more.</exception>
    public SandboxFiles Files => GetFiles();

    /// <summary>Gets the commands: processes with pipes.</summary>
    public SandboxCommands Commands { get; }

    /// <summary>Gets the terminals: processes in a pseudo terminal.</summary>
    public SandboxTerminals Terminals { get; }

    /// <summary>Gets all commands and terminals, without the defaults of this object.</summary>
    public SandboxProcesses Processes { get; }

    /// <summary>Gets the directory watches.</summary>
    public DirectoryWatcher Watcher { get; } = new();

    /// <summary>Gets the use of processors, memory and disk. The use of processors is measured from the first call on.</summary>
    public MachineMetrics Metrics => _metrics.Value;

    /// <summary>Gets or sets the user for whom files are used and commands are run when none is named.</summary>
    /// <value>Null for the user of this process.</value>
    public string? DefaultUser
    {
        get => _defaultUser;
        set
        {
            _defaultUser = value;
            DefaultUserChanged?.Invoke();
        }
    }

    /// <summary>Reports that <see cref="DefaultUser"/> was set.</summary>
    internal event Action? DefaultUserChanged;

    /// <summary>Gets how it was configured.</summary>
    internal LocalSandboxOptions Options => _options;

    /// <summary>Gets or sets the directory that an empty path means, and in which commands start that name none.</summary>
    /// <value>Null for the user's home.</value>
    public string? WorkingDirectory
    {
        get => _workingDirectory ?? _owner?.WorkingDirectory;
        set => _workingDirectory = value;
    }

    /// <summary>Finds a user.</summary>
    /// <param name="name">The login name or user id; null or empty for the default user.</param>
    /// <exception cref="UnknownUserException">There is no such user.</exception>
    public SandboxUser GetUser(string? name = null)
    {
        if (string.IsNullOrEmpty(name)) name = _defaultUser;
        return name is null ? SandboxUser.GetCurrent() : SandboxUser.Find(name) ?? throw new UnknownUserException(name);
    }

    /// <summary>Gives the files as a user reads and writes them.</summary>
    /// <param name="userName">The login name or user id; null or empty for the default user.</param>
    /// <exception cref="UnknownUserException">There is no such user.</exception>
    /// <exception cref="SandboxFileException">This process cannot act for the user.</exception>
    public SandboxFiles GetFiles(string? userName = null) => new(
        GetUser(userName), new SandboxFilesOptions { Rights = _options.FilesAs, WorkingDirectory = WorkingDirectory });

    /// <summary>Starts a command or a terminal, with the default user and directory where the options name none.</summary>
    /// <param name="options">What is started.</param>
    /// <param name="cancellationToken">Ends the preparation. A process that was started stays.</param>
    /// <exception cref="SandboxProcessException">It cannot be started; nothing is left running.</exception>
    /// <exception cref="UnknownUserException">There is no such user.</exception>
    public Task<SandboxProcess> StartAsync(ProcessStartOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (_owner is { } owner) Processes.Variables = Join(owner.Variables, _options.Variables);
        return Processes.StartAsync(
            options with
            {
                User = options.User ?? (_defaultUser is null ? null : GetUser()),
                WorkingDirectory = options.WorkingDirectory is { Length: > 0 } directory ? directory : WorkingDirectory,
            },
            cancellationToken);
    }

    /// <summary>Kills all processes, ends all watches, and completes when they are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await Watcher.DisposeAsync().ConfigureAwait(false);
        await Processes.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Creates the services of an owner that has not got any, with its clock and log.</summary>
    internal static LocalSandbox CreateFor(IProcessOwner owner) =>
        new(new LocalSandboxOptions { LoggerFactory = owner.LoggerFactory, TimeProvider = owner.TimeProvider })
        {
            _owner = owner,
        };

    /// <summary>Gives the processes that are started from now on the variables of an owner.</summary>
    internal void SetOwner(IProcessOwner owner) => _owner = owner;

    private static IReadOnlyDictionary<string, string> Join(
        IReadOnlyDictionary<string, string> first, IReadOnlyDictionary<string, string> second)
    {
        if (second.Count == 0) return first;
        var all = new Dictionary<string, string>(first, StringComparer.Ordinal);
        foreach (var (name, value) in second) all[name] = value;
        return all;
    }

    private string? FindProblem()
    {
        if (!Enum.IsDefined(_options.FilesAs)) return $"FilesAs: {_options.FilesAs} is not a value of FileRights.";
        if (_workingDirectory is { } directory && !directory.StartsWith('/'))
            return $"WorkingDirectory: '{directory}' is not an absolute path.";
        if (ProcessLimits.FindMemoryProblem(_options.CommandMemoryLimit) is { } memory)
            return $"CommandMemoryLimit: {_options.CommandMemoryLimit} {memory}.";
        if (ProcessLimits.FindProcessProblem(_options.CommandProcessLimit) is { } processes)
            return $"CommandProcessLimit: {_options.CommandProcessLimit} {processes}.";
        try
        {
            GetFiles();
            return null;
        }
        catch (UnknownUserException exception)
        {
            return $"DefaultUser: the machine has no user '{exception.Name}'.";
        }
        catch (SandboxFileException exception)
        {
            return $"DefaultUser, FilesAs: {exception.Message}";
        }
    }
}
