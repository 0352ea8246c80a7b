using System.Runtime.InteropServices;
using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;

namespace KernelGateway.SandboxServices.Processes;

/// <summary>A process that was started, with the ends of its streams.</summary>
/// <param name="Started">The process.</param>
/// <param name="Input">Its input; null for none.</param>
/// <param name="Terminal">The master of its terminal; null when it has pipes.</param>
internal sealed record LaunchedProcess(StartedProgram Started, InputPipe? Input, SafeHandle? Terminal);

/// <summary>Starts what a <see cref="ProcessPlan"/> describes.</summary>
internal static class ProcessLauncher
{
    /// <summary>Starts it; the monitor has it from its first moment.</summary>
    /// <exception cref="SandboxProcessException">The system refused.</exception>
    internal static LaunchedProcess Launch(ProcessPlan plan, ProcessMonitor monitor, OutputJournal journal, CommandLimits? limits)
    {
        var ends = new Ends();
        try
        {
            if (plan.Options.Terminal is { } size) ends.OpenTerminal(size, plan, monitor, journal);
            else ends.OpenPipes(plan, monitor, journal);
            var streams = new StartStreams(ends.ProcessInput, ends.ProcessOutput!, ends.ProcessError!, ends.Terminal?.SlavePath);
            var started = plan.Start.Spawn(
                streams, limits, monitor, processId => MonitoredProcess.ForCommand(processId, ends.Input, ends.Output!, ends.Error));
            ends.CloseOfProcess();
            return new LaunchedProcess(started, ends.Input, ends.Terminal?.Master);
        }
        catch (Exception exception)
        {
            ends.CloseOfProcess();
            ends.CloseOwn();
            if (exception is IOException refused) throw plan.Start.RefusedNow(refused);
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
