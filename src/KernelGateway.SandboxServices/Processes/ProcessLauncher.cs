using System.Runtime.InteropServices;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;

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
            var streams = new StartStreams(ends.ProcessInput, ends.ProcessOutput!, ends.ProcessError!, ends.Terminal?.SlavePath);
            var request = plan.Start.Describe(streams, limits, group);
            using var closesVariables = request.InheritedHandles.SingleOrDefault();
            var startTicks = 0L;
            var monitored = monitor.Start(() =>
            {
                var error = ProcessSpawner.TrySpawn(request, out var processId);
                if (error != 0) throw plan.Start.Refused(error);
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
            if (exception is IOException) throw ProcessPlan.Refused($"The program '{plan.Start.Program}' cannot be started now: {exception.Message}");
            throw;
        }
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
