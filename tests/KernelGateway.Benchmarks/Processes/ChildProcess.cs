using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>Ends the processes that were started here.</summary>
internal static partial class ChildProcess
{
    private const int SigTerm = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Asks a process to stop.</summary>
    public static void Terminate(Process process)
    {
        if (!process.HasExited) _ = Kill(process.Id, SigTerm);
    }

    /// <summary>Waits until a process that was asked to stop has ended; kills it and its children when it does not.</summary>
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
