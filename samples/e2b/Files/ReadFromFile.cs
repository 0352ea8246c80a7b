using KernelGateway.Client.Legacy;

namespace Samples.Files;

internal static class ReadFromFile
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        var content = await sandbox.Filesystem.ReadAsync("/etc/hosts");
        Console.WriteLine(content);
    }
}
