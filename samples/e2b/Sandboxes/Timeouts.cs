using KernelGateway.Client.Legacy;

namespace Samples.Sandboxes;

internal static class Timeouts
{
    public static async Task RunAsync()
    {
        // How long the call may take. The default is 60 seconds.
        var timeout = TimeSpan.FromSeconds(30);

        await using var sandbox = await Sandbox.CreateAsync(timeout: timeout);

        var process = await sandbox.Process.StartAsync("echo started", timeout: timeout);
        Console.WriteLine((await process.WaitAsync(timeout)).Stdout);   // started

        await sandbox.Filesystem.WriteAsync("/hello.txt", "Hello World!", timeout: timeout);
        var content = await sandbox.Filesystem.ListAsync("/", timeout: timeout);
        Console.WriteLine(content.Any(item => item.Name == "hello.txt"));   // True
        Console.WriteLine(await sandbox.Filesystem.ReadAsync("/hello.txt", timeout: timeout));   // Hello World!
    }
}
