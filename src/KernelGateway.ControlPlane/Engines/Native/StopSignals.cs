using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;

namespace KernelGateway.ControlPlane.Engines.Native;

/// <summary>Stops processes with SIGSTOP and lets them go on with SIGCONT, where no control group freezes them.</summary>
internal static class StopSignals
{
    private const int Continue = 18;                        // SIGCONT
    private const int Stop = 19;                            // SIGSTOP

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Stops processes. One that forks before its signal leaves a child that runs: the list is read until all are stopped.</summary>
    /// <param name="list">Lists the processes that have not ended.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the wait. Those that are stopped stay so.</param>
    /// <exception cref="SandboxEngineException">They do not stop.</exception>
    internal static async Task StopAsync(Func<IEnumerable<ProcessStat>> list, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var running = list().Where(process => process.State != 'T').ToList();
            if (running.Count == 0) return;
            foreach (var process in running) LibC.Signal(process.ProcessId, Stop);
            if (time.GetElapsedTime(start) > Limit) throw SandboxEngineException.Failed("The processes of the sandbox do not stop.");
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets processes go on.</summary>
    internal static void Resume(IEnumerable<ProcessStat> processes)
    {
        foreach (var process in processes) LibC.Signal(process.ProcessId, Continue);
    }
}
