using KernelGateway.Client.Legacy;

namespace Samples.Processes;

internal static class StopProcess
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        var npm = await sandbox.Process.StartAsync("sleep 600; npm init -y");
        await npm.KillAsync();

        // There is no output, because the process has been killed at once.
        var output = await npm.WaitAsync();
        Console.WriteLine($"'{output.Stdout}', exit code {output.ExitCode}");   // '', exit code -1
    }
}
