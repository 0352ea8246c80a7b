using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;


namespace KernelGateway.Launching.Processes;

/// <summary>Starts a kernel's command and has it watched from its first moment.</summary>
internal static class ProcessStarter
{
    /// <exception cref="KernelLaunchException">The system refused.</exception>
    /// <param name="launch">The launch, for messages and the working directory.</param>
    /// <param name="command">The command.</param>
    /// <param name="environment">The variables of the process.</param>
    /// <param name="openFilesLimit">Its soft limit of open files; null for the gateway's own.</param>
    /// <param name="outputOwner">The owner of its standard output and standard error, so that the process can open them by name;
    /// null for the gateway's user.</param>
    internal static MonitoredProcess Start(
        KernelLaunch launch,
        KernelCommand command,
        IReadOnlyDictionary<string, string> environment,
        int? openFilesLimit,
        (uint UserId, uint GroupId)? outputOwner = null)
    {
        OutputPipe? output = null;
        OutputPipe? error = null;
        try
        {
            output = OutputPipe.Create(out var kernelOutput);
            using var closesOutput = kernelOutput;
            error = OutputPipe.Create(out var kernelError);
            using var closesError = kernelError;
            if (outputOwner is { } owner)
            {
                LibC.ChangeOwner(kernelOutput, owner.UserId, owner.GroupId);
                LibC.ChangeOwner(kernelError, owner.UserId, owner.GroupId);
            }

            var request = new SpawnRequest
            {
                ProgramPath = command.ProgramPath,
                Argv = command.Argv,
                Environment = environment,
                WorkingDirectory = launch.WorkingDirectory,
                StandardOutput = kernelOutput,
                StandardError = kernelError,
                OpenFilesLimit = openFilesLimit,
            };
            return ProcessMonitor.Shared.Start(() =>
            {
                var result = ProcessSpawner.TrySpawn(request, out var processId);
                if (result != 0) throw SpawnFailure.ToException(result, launch, command);
                return MonitoredProcess.ForChild(processId, output, error);
            });
        }
        catch
        {
            // Nothing can fail once the process exists.
            output?.Dispose();
            error?.Dispose();
            throw;
        }
    }
}
