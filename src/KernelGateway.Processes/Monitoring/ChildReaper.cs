using KernelGateway.Processes.Native;

namespace KernelGateway.Processes.Monitoring;

/// <summary>Collects exited children of this process.</summary>
internal static class ChildReaper
{
    /// <summary>Collects an exited child and frees its process id; null when it has not ended, or was reaped elsewhere.</summary>
    public static ProcessExit? Reap(int processId) => LibC.TryReap(processId, out var status) ? Decode(status) : null;

    // Wait status, the same on Linux and macOS:   | 15..8 exit code | 7 core | 6..0 signal, zero for a normal exit |
    private static ProcessExit Decode(int status)
    {
        var signal = status & 0x7F;
        return signal == 0 ? new ProcessExit((status >> 8) & 0xFF, null) : new ProcessExit(null, signal, (status & 0x80) != 0);
    }
}
