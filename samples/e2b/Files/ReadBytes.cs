using System.Text;
using KernelGateway.Client.Legacy;

namespace Samples.Files;

internal static class ReadBytes
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        byte[] content = await sandbox.Filesystem.ReadBytesAsync("/etc/hosts");
        Console.WriteLine(Encoding.UTF8.GetString(content));
    }
}
