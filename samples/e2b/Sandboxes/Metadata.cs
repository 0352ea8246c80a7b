using KernelGateway.Client.Legacy;

namespace Samples.Sandboxes;

internal static class Metadata
{
    public static async Task RunAsync()
    {
        var userId = $"user-{Guid.NewGuid()}";
        var sandbox = await Sandbox.CreateAsync(metadata: new Dictionary<string, string> { ["userID"] = userId });
        await sandbox.Filesystem.WriteAsync("hello.txt", "Hello World!");
        await sandbox.KeepAliveAsync(TimeSpan.FromMinutes(1));
        await sandbox.CloseAsync();

        // Later, from anywhere: find the sandbox of this user.
        await foreach (var running in Sandbox.ListAsync())
        {
            if (!running.Metadata.TryGetValue("userID", out var owner) || owner != userId) continue;
            await using var same = await Sandbox.ReconnectAsync(running.SandboxId);
            Console.WriteLine(await same.Filesystem.ReadAsync("hello.txt"));   // Hello World!
        }
    }
}
