using System.ComponentModel;
using System.Runtime.InteropServices;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>The system's clock, whose timestamps go on while the machine is suspended (CLOCK_BOOTTIME).</summary>
/// <remarks>Timers stand still while the machine is suspended, so what is due is looked for at least once a second (<see cref="Lifetimes"/>).</remarks>
internal sealed partial class BootClock : TimeProvider
{
    private const int BootTime = 7;

    /// <inheritdoc/>
    public override long TimestampFrequency => 1_000_000_000;

    /// <inheritdoc/>
    public override long GetTimestamp() => GetTime(BootTime, out var time) == 0
        ? (time.Seconds * TimestampFrequency) + time.Nanoseconds
        : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out TimeSpecification time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
