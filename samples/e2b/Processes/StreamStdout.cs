using KernelGateway.Client.Legacy;

namespace Samples.Processes;

internal static class StreamStdout
{
    public static async Task RunAsync()
    {
        // A handler for the whole sandbox.
        await using var sandbox = await Sandbox.CreateAsync(onStdout: output => Console.WriteLine($"sandbox {output.Line}"));
        await sandbox.Process.StartAndWaitAsync("echo \"Hello World!\"");   // sandbox Hello World!

        // That of a process takes its place.
        await sandbox.Process.StartAndWaitAsync(
            "echo \"Hello World!\"", onStdout: output => Console.WriteLine($"process {output.Line}"));   // process Hello World!
    }
}
