using KernelGateway.Launching.Processes;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Launching.Users;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Processes.Users;

namespace KernelGateway.Launching.Local;

/// <summary>
/// Starts the processes of kernels: as the user of the options, with their limits, each in a control group where one can be made.
/// </summary>
internal sealed class KernelStarter : IAsyncDisposable
{
    private const string Label = "kernel";

    private readonly KernelUser? _user;
    private readonly int? _openFilesLimit;
    private readonly bool _findsMembers;
    private readonly ControlGroupTree? _tree;

    /// <param name="options">The options.</param>
    /// <param name="user">Their user; null for the gateway's own.</param>
    internal KernelStarter(LaunchOptions options, KernelUser? user)
    {
        _user = user;
        _findsMembers = !options.KeepBackgroundProcesses;

        // Read now, because the parent process may have ended by the first launch.
        _openFilesLimit = options.OpenFilesLimit ?? OpenFilesLimit.AtStart;
        if (!OperatingSystem.IsLinux()) return;
        _tree = options.UsesControlGroups ? ControlGroupTree.Machine : null;
        _tree?.RemoveAbandoned(static _ => true);
        var limits = new ProcessLimits(options.MemoryLimit, options.ProcessLimit);
        if (!limits.IsEmpty) Limiter = new ProcessLimiter(limits, _tree, mayBeRoot: user is null && LibC.EffectiveUserId == 0);
    }

    /// <summary>Gets what limits the kernels; null when nothing does.</summary>
    internal ProcessLimiter? Limiter { get; }

    /// <summary>Gets what removes groups that outlive their kernels.</summary>
    internal LingeringGroups Lingering { get; } = new(TimeProvider.System);

    /// <summary>Removes the groups that are empty. The others stay for the next gateway.</summary>
    public ValueTask DisposeAsync() => Lingering.DisposeAsync();

    /// <summary>Starts a kernel.</summary>
    /// <param name="launch">The launch.</param>
    /// <param name="command">Its command.</param>
    /// <param name="workingDirectory">Its working directory.</param>
    /// <param name="environment">Its variables.</param>
    /// <param name="files">Its files.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>The process, and its group; null when it has none.</returns>
    /// <exception cref="KernelLaunchException">The system refused.</exception>
    /// <exception cref="IOException">A file or the group could not be made.</exception>
    internal async Task<(MonitoredProcess Process, ControlGroup? Group)> StartAsync(
        KernelLaunch launch,
        KernelCommand command,
        string workingDirectory,
        Dictionary<string, string> environment,
        KernelFiles files,
        CancellationToken cancellationToken)
    {
        var limited = Limiter is { UsesGroups: true } limiter ? limiter.CreateGroup(files.GroupKey) : null;
        var group = limited ?? (_findsMembers ? _tree?.TryCreate(files.GroupKey) : null);
        try
        {
            var process = await StartAsync(launch, command, workingDirectory, environment, files, limited, cancellationToken)
                .ConfigureAwait(false);

            // At once: processes that the kernel starts from now on belong to the group.
            if (group is null || limited is not null || group.TryAdd(process.ProcessId)) return (process, group);
            group.TryRemove();
            return (process, null);
        }
        catch
        {
            group?.TryRemove();
            throw;
        }
    }

    private async Task<MonitoredProcess> StartAsync(
        KernelLaunch launch,
        KernelCommand command,
        string workingDirectory,
        Dictionary<string, string> environment,
        KernelFiles files,
        ControlGroup? group,
        CancellationToken cancellationToken)
    {
        var start = new StartCommand(command.ProgramPath, command.Argv, environment);
        if (Limiter is not null) start = Limiter.LimitResources(start);
        (uint UserId, uint GroupId)? owner = null;
        if (_user is not null)
        {
            var variables = await files.WriteAsync("variables", UserSwitch.WriteVariables(environment), cancellationToken)
                .ConfigureAwait(false);
            _user.GiveFile(variables);
            var inner = new KernelCommand(start.ProgramPath, start.Argv);
            var switched = _user.Wrap(inner, Path.GetFullPath(workingDirectory), variables);
            start = new StartCommand(
                switched.ProgramPath, switched.Argv, KernelUser.GetStartEnvironment(environment, KernelMark.VariableName));
            launch = launch with { WorkingDirectory = "/" };
            owner = (_user.Account.UserId, _user.Account.GroupId);
        }

        // The gateway's user joins the group: another one may not write its files.
        if (group is not null) start = GroupStart.Wrap(start, group, Label);
        var started = new KernelCommand(start.ProgramPath, start.Argv);
        return ProcessStarter.Start(launch, started, start.Environment, _openFilesLimit, owner);
    }
}
