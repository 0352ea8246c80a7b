using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>Ends processes that this program has started.</summary>
internal static partial class ChildProcess
{
    private const int SigTerm = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Sends SIGTERM to a process.</summary>
    public static void Terminate(Process process)
    {
        if (!process.HasExited) _ = Kill(process.Id, SigTerm);
    }

    /// <summary>Waits until a terminated process has exited. Kills it and its children when it does not exit in time.</summary>
    public static async Task EndAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
