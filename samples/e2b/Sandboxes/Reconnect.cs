using KernelGateway.Client.Legacy;

namespace Samples.Sandboxes;

internal static class Reconnect
{
    public static async Task RunAsync()
    {
        var sandbox = await Sandbox.CreateAsync();
        await sandbox.Filesystem.WriteAsync("hello.txt", "Hello World!");

        // Without this the sandbox ends within 20 seconds after the connection is closed.
        await sandbox.KeepAliveAsync(TimeSpan.FromMinutes(2));
        var id = sandbox.Id;
        await sandbox.CloseAsync();

        // Do something else.
        await Task.Delay(TimeSpan.FromSeconds(25));

        // Later, from anywhere.
        await using var same = await Sandbox.ReconnectAsync(id);
        Console.WriteLine(await same.Filesystem.ReadAsync("hello.txt"));   // Hello World!
    }
}
