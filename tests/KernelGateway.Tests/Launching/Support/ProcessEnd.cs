using KernelGateway.Processes.Monitoring;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Tests.Launching.Support;

/// <summary>Waits for the exit of a process that is not a child of the test process.</summary>
internal static class ProcessEnd
{
    /// <summary>Returns a task that completes when the process has exited. Its process group is then killed, as for an adopted kernel.</summary>
    public static Task Watch(int processId)
    {
        var descriptor = LibC.OpenProcessHandle(processId);
        if (descriptor < 0) return Task.CompletedTask;
        var process = MonitoredProcess.ForOtherProcess(processId, new SafeFileHandle(descriptor, ownsHandle: true), null, null);
        ProcessMonitor.Shared.Watch(process);
        return process.Exited.ContinueWith(_ => ProcessMonitor.Shared.LeaveAsync(process), TaskScheduler.Default).Unwrap();
    }
}
