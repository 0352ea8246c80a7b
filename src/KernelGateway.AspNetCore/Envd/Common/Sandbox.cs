using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Users;
using KernelGateway.SandboxServices.Watching;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Envd.Common;

/// <summary>The files, watches, commands and users of the machine, container or sandbox, as the routes share them.</summary>
internal sealed class Sandbox : IAsyncDisposable
{
    /// <summary>The variable by which programs know that they run in a sandbox.</summary>
    public const string MarkVariable = "E2B_SANDBOX";

    private readonly SandboxServicesOptions _options;

    // Both can be replaced by /init.
    private volatile string? _defaultUser;
    private volatile string? _workingDirectory;

    /// <exception cref="OptionsValidationException">An option has a value that cannot be used.</exception>
    /// <param name="options">The options.</param>
    /// <param name="loggers">The logs.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public Sandbox(IOptions<SandboxServicesOptions> options, ILoggerFactory loggers, TimeProvider? time = null)
    {
        Processes = new SandboxProcesses(new SandboxProcessesOptions
        {
            TimeProvider = time ?? TimeProvider.System,
            LoggerFactory = loggers,
        });
        _options = options.Value.Copy();
        _defaultUser = _options.DefaultUser;
        _workingDirectory = _options.WorkingDirectory;
        if (FindProblem() is { } problem) throw new OptionsValidationException("", typeof(SandboxServicesOptions), [problem]);
    }

    /// <summary>Gets the watches of all users.</summary>
    public DirectoryWatcher Watcher { get; } = new();

    /// <summary>Gets the commands and terminals of all users.</summary>
    public SandboxProcesses Processes { get; }

    public CommandDeadline CommandDeadline => _options.CommandDeadline;

    /// <summary>Gets or sets the user of requests that name none; null for the user that the gateway runs as.</summary>
    public string? DefaultUser
    {
        get => _defaultUser;
        set => _defaultUser = value;
    }

    /// <summary>Gets or sets what an empty path means; null for the user's home.</summary>
    public string? WorkingDirectory
    {
        get => _workingDirectory;
        set => _workingDirectory = value;
    }

    /// <summary>Returns whether a variable describes the sandbox, so that clients cannot change it.</summary>
    public static bool IsBuiltIn(string name) => name is MarkVariable or "E2B_SANDBOX_ID" or "E2B_TEMPLATE_ID";

    /// <summary>Finds the user of a request.</summary>
    /// <param name="name">The name; null or empty when the request names none.</param>
    /// <exception cref="UnknownUserException">There is no such user.</exception>
    public SandboxUser GetUser(string? name)
    {
        if (string.IsNullOrEmpty(name)) name = _defaultUser;
        return name is null ? SandboxUser.GetCurrent() : SandboxUser.Find(name) ?? throw new UnknownUserException(name);
    }

    /// <summary>Gives the files as the user of a request reads and writes them.</summary>
    /// <param name="userName">The name; null or empty when the request names none.</param>
    /// <exception cref="UnknownUserException">There is no such user.</exception>
    /// <exception cref="SandboxFileException">The gateway cannot act for this user.</exception>
    public SandboxFiles GetFiles(string? userName) => new(
        GetUser(userName), new SandboxFilesOptions { Rights = _options.FilesAs, WorkingDirectory = _workingDirectory });

    /// <summary>Starts a command or a terminal, with the variables that all kernels and commands get.</summary>
    /// <param name="gateway">The gateway, whose variables may have changed since the last start.</param>
    /// <param name="options">What is started.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="SandboxProcessException">It cannot be started.</exception>
    public Task<SandboxProcess> StartAsync(Gateway gateway, ProcessStartOptions options, CancellationToken cancellationToken = default)
    {
        Processes.Variables = gateway.Variables.Current;
        return Processes.StartAsync(options, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Watcher.DisposeAsync();
        await Processes.DisposeAsync();
    }

    private string? FindProblem()
    {
        if (!Enum.IsDefined(_options.FilesAs)) return $"FilesAs: {_options.FilesAs} is not a value of FileRights.";
        if (!Enum.IsDefined(CommandDeadline)) return $"CommandDeadline: {CommandDeadline} is not a value of CommandDeadline.";
        if (_workingDirectory is { } directory && !directory.StartsWith('/'))
            return $"WorkingDirectory: '{directory}' is not an absolute path.";
        try
        {
            GetFiles(null);
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
