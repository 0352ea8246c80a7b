using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.ControlPlane.Engines.Records;

/// <summary>A process of this or a former boot of the machine. A process id alone is given to other processes later.</summary>
/// <param name="ProcessId">Its id on the host.</param>
/// <param name="StartTicks">When it was started, in clock ticks since boot.</param>
/// <param name="BootId">The boot of the machine.</param>
/// <param name="Namespace">Its namespace of processes, as in <c>pid:[4026531836]</c>.</param>
internal sealed record ProcessIdentity(int ProcessId, long StartTicks, string BootId, string Namespace)
{
    /// <summary>Reads the identity of a running process; null when there is none.</summary>
    internal static ProcessIdentity? Read(int processId) =>
        ProcessStat.Read(processId) is { } stat && ProcessStat.BootId is { } boot && ReadNamespace(processId) is { } space
            ? new ProcessIdentity(processId, stat.StartTicks, boot, space)
            : null;

    /// <summary>Opens a handle of the process; null when it does not run any more.</summary>
    internal SafeFileHandle? Open()
    {
        // Open the handle first, then check the identity: another process can get the id before that, but not afterwards.
        var descriptor = LibC.OpenProcessHandle(ProcessId);
        if (descriptor < 0) return null;
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Read(ProcessId) == this) return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>Sends SIGKILL; false when it does not run any more.</summary>
    internal bool Kill()
    {
        using var handle = Open();
        return handle is not null && LibC.SignalHandle((int)handle.DangerousGetHandle(), Signals.Kill, group: false) == 0;
    }

    internal bool IsAlive
    {
        get
        {
            using var handle = Open();
            return handle is not null;
        }
    }

    /// <summary>Reads the namespace of processes that a process is in; null when it cannot be read.</summary>
    internal static string? ReadNamespace(int processId)
    {
        try
        {
            return new FileInfo($"/proc/{processId}/ns/pid").LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
