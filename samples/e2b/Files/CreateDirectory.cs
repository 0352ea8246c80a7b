using KernelGateway.Client.Legacy;

namespace Samples.Files;

internal static class CreateDirectory
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        // All parent directories are created too. One that exists is no error.
        await sandbox.Filesystem.MakeDirAsync("/dir/below");
        await sandbox.Filesystem.MakeDirAsync("/dir");

        foreach (var item in await sandbox.Filesystem.ListAsync("/dir"))
        {
            Console.WriteLine($"{item.Name} {item.IsDir}");   // below True
        }
    }
}
