using KernelGateway.Client.Legacy;

namespace Samples.WorkingDirectory;

internal static class OfAProcess
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync(cwd: "/code");

        var inherited = await sandbox.Process.StartAndWaitAsync("pwd");
        Console.WriteLine(inherited.Stdout);   // /code

        var overridden = await sandbox.Process.StartAndWaitAsync("pwd", cwd: "/home");
        Console.WriteLine(overridden.Stdout);   // /home
    }
}
