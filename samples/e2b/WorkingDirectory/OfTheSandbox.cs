using KernelGateway.Client.Legacy;

namespace Samples.WorkingDirectory;

internal static class OfTheSandbox
{
    public static async Task RunAsync()
    {
        // The directory is created if it does not exist. Without this option it is the home directory, /home/user.
        await using var sandbox = await Sandbox.CreateAsync(cwd: "/code");
        Console.WriteLine((await sandbox.Process.StartAndWaitAsync("pwd")).Stdout);   // /code

        // Another one for what follows.
        sandbox.Cwd = "/home";
        Console.WriteLine((await sandbox.Process.StartAndWaitAsync("pwd")).Stdout);   // /home
    }
}
