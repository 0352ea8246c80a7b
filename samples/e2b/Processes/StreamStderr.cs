using KernelGateway.Client.Legacy;

namespace Samples.Processes;

internal static class StreamStderr
{
    public static async Task RunAsync()
    {
        // This command does not exist, so the shell writes to its standard error.
        const string Command = "golang version";

        // A handler for the whole sandbox.
        await using var sandbox = await Sandbox.CreateAsync(onStderr: output => Console.WriteLine($"[sandbox] {output.Line}"));
        await sandbox.Process.StartAndWaitAsync(Command);   // [sandbox] /bin/bash: line 1: golang: command not found

        // That of a process takes its place.
        await sandbox.Process.StartAndWaitAsync(
            Command, onStderr: output => Console.WriteLine($"[process] {output.Line}"));   // [process] /bin/bash: line 1: golang: command not found
    }
}
