using KernelGateway.Launching.Native;
using KernelGateway.Launching.Processes;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>Waits for the end of a process that is not the test's child.</summary>
internal static class ProcessEnd
{
    private static readonly ProcessMonitor Monitor = new("test-monitor");

    /// <summary>Completes when the process has ended. Its group is killed then, as with any adopted kernel.</summary>
    public static Task Watch(int processId)
    {
        var descriptor = LibC.OpenProcessHandle(processId);
        if (descriptor < 0) return Task.CompletedTask;
        var process = MonitoredProcess.ForOtherProcess(processId, new SafeFileHandle(descriptor, ownsHandle: true), null, null);
        Monitor.Watch(process);
        return process.Exited.ContinueWith(_ => Monitor.LeaveAsync(process), TaskScheduler.Default).Unwrap();
    }
}
