using KernelGateway.Processes.ControlGroups;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.Launching.RunDirectories;

/// <summary>
/// The processes that a kernel's code has started and left running, also in other sessions. They end with the kernel.
/// </summary>
/// <param name="mark">The kernel's mark, which its processes inherit.</param>
/// <param name="group">The control group of the kernel; null if none can be created; then the mark alone decides.</param>
internal sealed class BackgroundProcesses(KernelMark mark, ControlGroup? group)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(50);

    private ControlGroup? _group = group;

    /// <summary>Kills all of them and waits for their ends; false when some did not end within the limit.</summary>
    internal async Task<bool> EndAsync(TimeSpan limit)
    {
        if (!OperatingSystem.IsLinux()) return true;
        var start = TimeProvider.System.GetTimestamp();
        for (var pause = FirstPause; !EndOnce(); pause = pause < MaxPause ? pause * 2 : MaxPause)
        {
            if (limit != Timeout.InfiniteTimeSpan && TimeProvider.System.GetElapsedTime(start) > limit) return false;
            await Task.Delay(pause, TimeProvider.System).ConfigureAwait(false);
        }

        return true;
    }

    // A process may start another one during the search: the search is repeated until it finds none.
    private bool EndOnce()
    {
        if (_group is { } group)
        {
            if (!group.TryRemove())
            {
                group.Kill();
                if (!group.TryRemove()) return false;
            }

            _group = null;
        }

        // Also with a group: a program can have started others before it was put into the group.
        var found = false;
        foreach (var process in mark.FindProcesses())
        {
            found = true;
            Kill(process.ProcessId);
        }

        return !found;
    }

    private void Kill(int processId)
    {
        // Open the handle first, then check the identity: another process can get the id before that, but not afterwards.
        var descriptor = LibC.OpenProcessHandle(processId);
        if (descriptor >= 0)
        {
            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            if (mark.IsCarriedBy(processId)) _ = LibC.SignalHandle(descriptor, Signals.Kill, group: false);
        }
        else if (mark.IsCarriedBy(processId))
        {
            LibC.Signal(processId, Signals.Kill);
        }
    }
}
