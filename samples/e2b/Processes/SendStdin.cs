using KernelGateway.Client.Legacy;

namespace Samples.Processes;

internal static class SendStdin
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        // This shell prints every line of its input.
        var printed = new TaskCompletionSource();
        var process = await sandbox.Process.StartAsync(
            "while IFS= read -r line; do echo \"$line\"; sleep 1; done",
            onStdout: output =>
            {
                Console.WriteLine(output.Line);   // AI Playground
                printed.TrySetResult();
            });
        await process.SendStdinAsync("AI Playground\n");

        await printed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await process.KillAsync();
    }
}
