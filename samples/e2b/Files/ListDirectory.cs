using KernelGateway.Client.Legacy;

namespace Samples.Files;

internal static class ListDirectory
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        foreach (var item in await sandbox.Filesystem.ListAsync("/"))
        {
            Console.WriteLine($"Is '{item.Name}' directory? {item.IsDir}");   // Is 'etc' directory? True
        }
    }
}
