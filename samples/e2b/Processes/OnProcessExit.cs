using KernelGateway.Client.Legacy;

namespace Samples.Processes;

internal static class OnProcessExit
{
    public static async Task RunAsync()
    {
        // A handler for the whole sandbox.
        await using var sandbox = await Sandbox.CreateAsync(onExit: _ => Console.WriteLine("[sandbox] process ended"));
        await sandbox.Process.StartAndWaitAsync("echo \"Hello World!\"");   // [sandbox] process ended

        // That of a process takes its place.
        await sandbox.Process.StartAndWaitAsync(
            "echo \"Hello World!\"", onExit: code => Console.WriteLine($"[process] process ended: {code}"));   // [process] process ended: 0
    }
}
