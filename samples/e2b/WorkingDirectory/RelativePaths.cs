using KernelGateway.Client.Legacy;

namespace Samples.WorkingDirectory;

internal static class RelativePaths
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync(cwd: "/home/user/code");

        await sandbox.Filesystem.WriteAsync("hello.txt", "Welcome to E2B!");
        var process = await sandbox.Process.StartAndWaitAsync("cat /home/user/code/hello.txt");
        Console.WriteLine(process.Stdout);   // Welcome to E2B!

        await sandbox.Filesystem.WriteAsync("../hello.txt", "We hope you have a great day!");
        process = await sandbox.Process.StartAndWaitAsync("cat /home/user/hello.txt");
        Console.WriteLine(process.Stdout);   // We hope you have a great day!
    }
}
