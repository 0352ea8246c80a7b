using KernelGateway.Client.Legacy;

namespace Samples.Files;

internal static class WriteBytes
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        byte[] content = "Hello world"u8.ToArray();
        await sandbox.Filesystem.WriteBytesAsync("/file", content);

        Console.WriteLine(await sandbox.Filesystem.ReadAsync("/file"));   // Hello world
    }
}
