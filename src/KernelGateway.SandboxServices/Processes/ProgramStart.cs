using System.Runtime.InteropServices;
using System.Text;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Processes.Users;
using KernelGateway.SandboxServices.Users;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>What a process has as its standard streams. The handles stay the caller's.</summary>
/// <param name="Input">Its input; null for the terminal, or for <c>/dev/null</c> without one.</param>
/// <param name="Output">Its output.</param>
/// <param name="Error">Its errors.</param>
/// <param name="TerminalPath">The terminal that becomes its controlling terminal; null for none.</param>
internal sealed record StartStreams(SafeHandle? Input, SafeHandle Output, SafeHandle Error, string? TerminalPath);

/// <summary>A program that was started.</summary>
/// <param name="Monitored">What the monitor watches.</param>
/// <param name="StartTicks">When the system started it.</param>
/// <param name="Group">Its control group; null when it has none.</param>
internal sealed record StartedProgram(MonitoredProcess Monitored, long StartTicks, ControlGroup? Group);

/// <summary>A program that can be started: found, with all its variables, for a user.</summary>
/// <param name="Program">The absolute path of the program.</param>
/// <param name="Argv">The arguments, program first.</param>
/// <param name="Variables">The variables; it has no other.</param>
/// <param name="Directory">The absolute path of the working directory.</param>
/// <param name="User">The user.</param>
/// <param name="Switch">The way to that user; null for the user of the service.</param>
internal sealed record ProgramStart(
    string Program,
    IReadOnlyList<string> Argv,
    IReadOnlyDictionary<string, string> Variables,
    string Directory,
    SandboxUser User,
    UserSwitch? Switch)
{
    // Of the shell that becomes another user.
    private const string VariablesPath = "/proc/self/fd/3";

    /// <summary>Gets how a shell on the way to the program calls itself in its messages.</summary>
    internal string Label { get; init; } = "sh";

    /// <summary>
    /// Gets whether the directory is entered with the rights of the user, so that the start fails if the user may not.
    /// </summary>
    internal bool EntersAsUser { get; init; } = true;

    /// <summary>Starts it; the monitor has it from its first moment. A failure leaves no control group.</summary>
    /// <param name="streams">The standard streams.</param>
    /// <param name="limits">The limits; null for none.</param>
    /// <param name="monitor">The monitor.</param>
    /// <param name="watch">Tells the monitor how to watch the process with the id.</param>
    /// <exception cref="SandboxProcessException">The system refused the start, or the program cannot get its variables.</exception>
    /// <exception cref="IOException">The system has no room for it now (<see cref="RefusedNow"/>).</exception>
    internal StartedProgram Spawn(StartStreams streams, CommandLimits? limits, ProcessMonitor monitor, Func<int, MonitoredProcess> watch)
    {
        ControlGroup? group = null;
        try
        {
            group = limits?.CreateGroup();
            var request = Describe(streams, limits, group);
            using var closesVariables = request.InheritedHandles.SingleOrDefault();
            var startTicks = 0L;
            var monitored = monitor.Start(() =>
            {
                var error = ProcessSpawner.TrySpawn(request, out var processId);
                if (error != 0) throw Refused(error);
                // It cannot be reaped yet, so the id is its own.
                startTicks = ProcessStat.ReadAny(processId)?.StartTicks ?? 0;
                return watch(processId);
            });
            return new StartedProgram(monitored, startTicks, group);
        }
        catch
        {
            group?.TryRemove();
            throw;
        }
    }

    /// <summary>Describes a start for which the system has no room at the moment.</summary>
    internal SandboxProcessException RefusedNow(IOException exception) =>
        ProcessPlan.Refused($"The program '{Program}' cannot be started now: {exception.Message}");

    // The caller disposes of the inherited handles.
    private SpawnRequest Describe(StartStreams streams, CommandLimits? limits, ControlGroup? group)
    {
        var command = new StartCommand(Program, Argv, Variables);
        if (limits is not null) command = limits.LimitResources(command);
        var request = new SpawnRequest
        {
            ProgramPath = command.ProgramPath,
            Argv = command.Argv,
            Environment = command.Environment,
            WorkingDirectory = Directory,
            OpenFilesLimit = OpenFilesLimit.AtStart,
            StandardInput = streams.Input,
            StandardOutput = streams.Output,
            StandardError = streams.Error,
            TerminalPath = streams.TerminalPath,
        };
        if (Switch is { } userSwitch) request = Become(request, userSwitch);
        if (group is null) return request;
        command = GroupStart.Wrap(new StartCommand(request.ProgramPath, request.Argv, request.Environment), group, Label);
        return request with { ProgramPath = command.ProgramPath, Argv = command.Argv, Environment = command.Environment };
    }

    /// <summary>Describes the start through the program that becomes another user.</summary>
    private SpawnRequest Become(SpawnRequest request, UserSwitch userSwitch)
    {
        var ofShell = Variables.Where(variable => IsForShell(variable.Key));
        var others = Variables.Where(variable => !IsForShell(variable.Key))
            .Select(variable => $"{variable.Key}={variable.Value}").ToArray();
        List<string> command = [request.ProgramPath, .. request.Argv.Skip(1)];
        if (others.Length > 0)
        {
            // These show in the command line of "env" until it executes the program; the others never do.
            if (request.ProgramPath.Contains('='))
            {
                throw ProcessPlan.Refused(
                    $"The program '{request.ProgramPath}' has a '=' in its path and cannot get the variable '{others[0].Split('=')[0]}'.");
            }

            command.InsertRange(0, ["/usr/bin/env", .. others]);
        }

        return request with
        {
            ProgramPath = userSwitch.ProgramPath,
            Argv = UserSwitch.Wrap(
                User.UserId, User.GroupId, User.Groups, Label, EntersAsUser ? Directory : "", VariablesPath, command),
            Environment = new Dictionary<string, string> { ["PATH"] = UserSwitch.SystemPath },
            WorkingDirectory = EntersAsUser ? "/" : Directory,
            InheritedHandles = [WriteVariables(ofShell)],
        };
    }

    private static bool IsForShell(string name) => UserSwitch.IsIdentifier(name) && !UserSwitch.IsShellVariable(name);

    // A file in memory: values are secrets, which neither a command line nor a disk shall have.
    private SafeHandle WriteVariables(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var file = MemoryFile.Create("variables", Encoding.UTF8.GetBytes(UserSwitch.WriteVariables(variables)));
        try
        {
            LibC.ChangeOwner(file, User.UserId, User.GroupId);
            return OutputPipe.AboveStandardStreams(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Describes why the system has refused the start.
    private SandboxProcessException Refused(int error)
    {
        const int NoEntry = 2;
        const int TooBig = 7;
        const int BadFormat = 8;
        var system = Marshal.GetPInvokeErrorMessage(error);
        return ProcessPlan.Refused(error switch
        {
            // The program was there a moment ago: the "#!" line or the binary names a loader that is not.
            NoEntry => $"The program '{Program}' cannot be started: its interpreter does not exist ({system}).",
            BadFormat => $"The program '{Program}' is neither a binary of this machine nor a script with a \"#!\" line.",
            TooBig => $"The program '{Program}' cannot be started: its arguments and variables are too large.",
            _ => $"The program '{Program}' cannot be started: {system} (error {error}).",
        });
    }
}
