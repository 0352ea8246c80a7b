using KernelGateway.Client.Legacy;

namespace Samples.Processes;

internal static class StartProcess
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        var npm = await sandbox.Process.StartAsync("npm init -y");
        await npm.WaitAsync();

        Console.WriteLine(npm.Output.Stdout);   // the package.json that npm has written
    }
}
