using System.Runtime.InteropServices;

namespace KernelGateway.Processes.Native;

/// <summary>Signals that this process sends to itself and to its group. Linux only.</summary>
internal static partial class OwnSignals
{
    /// <summary>Gets the id of the process group of this process.</summary>
    internal static int GroupId => GetGroup();

    /// <summary>Stops this process until it gets SIGCONT.</summary>
    internal static void Stop() => LibC.Signal(Environment.ProcessId, Signals.Stop);

    /// <summary>
    /// Ends this process by a signal, which its parent sees. Returns if the signal ends no process. No memory is dumped.
    /// </summary>
    internal static void EndBy(int signal)
    {
        LibC.TryCloseToOthers();
        if (signal != Signals.Kill) SetAction(signal, 0);
        LibC.Signal(Environment.ProcessId, signal);
    }

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetGroup();

    // With SIG_DFL, which is zero.
    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetAction(int signal, nint action);
}
