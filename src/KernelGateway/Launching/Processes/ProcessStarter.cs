using KernelGateway.Launching.Native;

namespace KernelGateway.Launching.Processes;

/// <summary>Starts a kernel's command and has it watched from its first moment.</summary>
internal static class ProcessStarter
{
    /// <exception cref="KernelLaunchException">The system refused.</exception>
    internal static MonitoredProcess Start(KernelLaunch launch, KernelCommand command, IReadOnlyDictionary<string, string> environment, int? openFilesLimit)
    {
        OutputPipe? output = null;
        OutputPipe? error = null;
        try
        {
            output = OutputPipe.Create(out var kernelOutput);
            using var closesOutput = kernelOutput;
            error = OutputPipe.Create(out var kernelError);
            using var closesError = kernelError;
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
