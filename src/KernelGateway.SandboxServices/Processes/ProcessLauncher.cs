using System.Runtime.InteropServices;
using System.Text;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Limits;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using KernelGateway.Processes.Users;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>A process that was started, with the ends of its streams.</summary>
/// <param name="Monitored">What the monitor watches.</param>
/// <param name="Input">Its input; null for none.</param>
/// <param name="Terminal">The master of its terminal; null when it has pipes.</param>
/// <param name="StartTicks">When the system started it.</param>
/// <param name="Group">Its control group; null when it has none.</param>
internal sealed record LaunchedProcess(
    MonitoredProcess Monitored, InputPipe? Input, SafeHandle? Terminal, long StartTicks, ControlGroup? Group);

/// <summary>Starts what a <see cref="ProcessPlan"/> describes.</summary>
internal static class ProcessLauncher
{
    // Of the shell that becomes another user.
    private const string VariablesPath = "/proc/self/fd/3";
    private const string ShellLabel = "sh";

    /// <summary>Starts it; the monitor has it from its first moment.</summary>
    /// <exception cref="SandboxProcessException">The system refused.</exception>
    internal static LaunchedProcess Launch(ProcessPlan plan, ProcessMonitor monitor, OutputJournal journal, CommandLimits? limits)
    {
        var ends = new Ends();
        ControlGroup? group = null;
        try
        {
            group = limits?.CreateGroup();
            if (plan.Options.Terminal is { } size) ends.OpenTerminal(size, plan, monitor, journal);
            else ends.OpenPipes(plan, monitor, journal);
            var request = plan.Switch is null ? Describe(plan, ends, limits) : DescribeForUser(plan, ends, limits);
            if (group is not null) request = With(request, GroupStart.Wrap(GetCommand(request), group, ShellLabel));
            using var closesVariables = request.InheritedHandles.SingleOrDefault();
            var startTicks = 0L;
            var monitored = monitor.Start(() =>
            {
                var error = ProcessSpawner.TrySpawn(request, out var processId);
                if (error != 0) throw Refused(error, plan);
                // It cannot be reaped yet, so the id is its own.
                startTicks = ProcessStat.ReadAny(processId)?.StartTicks ?? 0;
                return MonitoredProcess.ForCommand(processId, ends.Input, ends.Output!, ends.Error);
            });
            ends.CloseOfProcess();
            return new LaunchedProcess(monitored, ends.Input, ends.Terminal?.Master, startTicks, group);
        }
        catch (Exception exception)
        {
            ends.CloseOfProcess();
            ends.CloseOwn();
            group?.TryRemove();
            if (exception is IOException) throw ProcessPlan.Refused($"The program '{plan.Program}' cannot be started now: {exception.Message}");
            throw;
        }
    }

    private static SpawnRequest Describe(ProcessPlan plan, Ends ends, CommandLimits? limits)
    {
        var command = new StartCommand(plan.Program, [plan.Options.Command, .. plan.Options.Arguments], plan.Variables);
        if (limits is not null) command = limits.LimitResources(command);
        return new SpawnRequest
        {
            ProgramPath = command.ProgramPath,
            Argv = command.Argv,
            Environment = command.Environment,
            WorkingDirectory = plan.Directory,
            OpenFilesLimit = OpenFilesLimit.AtStart,
            StandardInput = ends.ProcessInput,
            StandardOutput = ends.ProcessOutput!,
            StandardError = ends.ProcessError!,
            TerminalPath = ends.Terminal?.SlavePath,
        };
    }

    private static StartCommand GetCommand(SpawnRequest request) => new(request.ProgramPath, request.Argv, request.Environment);

    private static SpawnRequest With(SpawnRequest request, StartCommand command) => request with
    {
        ProgramPath = command.ProgramPath,
        Argv = command.Argv,
        Environment = command.Environment,
    };

    /// <summary>Describes the start through the program that becomes another user.</summary>
    private static SpawnRequest DescribeForUser(ProcessPlan plan, Ends ends, CommandLimits? limits)
    {
        var request = Describe(plan, ends, limits);
        var ofShell = plan.Variables.Where(variable => IsForShell(variable.Key));
        var others = plan.Variables.Where(variable => !IsForShell(variable.Key))
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

        var userSwitch = plan.Switch!;
        return request with
        {
            ProgramPath = userSwitch.ProgramPath,
            Argv = UserSwitch.Wrap(plan.User.UserId, plan.User.GroupId, plan.User.Groups, "sh", plan.Directory, VariablesPath, command),
            Environment = new Dictionary<string, string> { ["PATH"] = UserSwitch.SystemPath },
            WorkingDirectory = "/",
            InheritedHandles = [WriteVariables(ofShell, plan)],
        };
    }

    private static bool IsForShell(string name) => UserSwitch.IsIdentifier(name) && !UserSwitch.IsShellVariable(name);

    // A file in memory: values are secrets, which neither a command line nor a disk shall have.
    private static SafeHandle WriteVariables(IEnumerable<KeyValuePair<string, string>> variables, ProcessPlan plan)
    {
        var file = MemoryFile.Create("variables", Encoding.UTF8.GetBytes(UserSwitch.WriteVariables(variables)));
        try
        {
            LibC.ChangeOwner(file, plan.User.UserId, plan.User.GroupId);
            return OutputPipe.AboveStandardStreams(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SandboxProcessException Refused(int error, ProcessPlan plan)
    {
        const int NoEntry = 2;
        const int TooBig = 7;
        const int BadFormat = 8;
        var system = Marshal.GetPInvokeErrorMessage(error);
        return ProcessPlan.Refused(error switch
        {
            // The program was there a moment ago: the "#!" line or the binary names a loader that is not.
            NoEntry => $"The program '{plan.Program}' cannot be started: its interpreter does not exist ({system}).",
            BadFormat => $"The program '{plan.Program}' is neither a binary of this machine nor a script with a \"#!\" line.",
            TooBig => $"The program '{plan.Program}' cannot be started: its arguments and variables are too large.",
            _ => $"The program '{plan.Program}' cannot be started: {system} (error {error}).",
        });
    }

    /// <summary>Both ends of the streams of one process.</summary>
    private sealed class Ends
    {
        internal InputPipe? Input { get; private set; }

        internal OutputPipe? Output { get; private set; }

        internal OutputPipe? Error { get; private set; }

        internal PseudoTerminal? Terminal { get; private set; }

        internal SafeHandle? ProcessInput { get; private set; }

        internal SafeHandle? ProcessOutput { get; private set; }

        internal SafeHandle? ProcessError { get; private set; }

        internal void OpenTerminal(TerminalSize size, ProcessPlan plan, ProcessMonitor monitor, OutputJournal journal)
        {
            Terminal = PseudoTerminal.Open(size.Columns, size.Rows, plan.Owner);
            ProcessOutput = ProcessError = Terminal.Slave;
            Input = InputPipe.Create(monitor, Terminal);
            Output = OutputPipe.Create(new JournalSink(journal, ProcessOutputKind.Terminal), Terminal);
        }

        internal void OpenPipes(ProcessPlan plan, ProcessMonitor monitor, OutputJournal journal)
        {
            Output = OutputPipe.Create(new JournalSink(journal, ProcessOutputKind.StandardOutput), out var output);
            ProcessOutput = output;
            Error = OutputPipe.Create(new JournalSink(journal, ProcessOutputKind.StandardError), out var error);
            ProcessError = error;
            if (plan.Options.HasInput)
            {
                Input = InputPipe.Create(monitor, out var input);
                ProcessInput = input;
            }

            if (plan.Owner is not { } owner) return;
            foreach (var end in new[] { ProcessInput, ProcessOutput, ProcessError })
                if (end is not null) LibC.ChangeOwner(end, owner.UserId, owner.GroupId);
        }

        internal void CloseOfProcess()
        {
            ProcessInput?.Dispose();
            ProcessOutput?.Dispose();
            ProcessError?.Dispose();
        }

        internal void CloseOwn()
        {
            Input?.Dispose();
            Output?.Dispose();
            Error?.Dispose();
            Terminal?.Dispose();
        }
    }
}
