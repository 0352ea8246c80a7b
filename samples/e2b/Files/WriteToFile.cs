using KernelGateway.Client.Legacy;

namespace Samples.Files;

internal static class WriteToFile
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        // The file is created, or overwritten if it exists.
        await sandbox.Filesystem.WriteAsync("/hello.txt", "Hello World!");
        Console.WriteLine(await sandbox.Filesystem.ReadAsync("/hello.txt"));   // Hello World!

        try
        {
            // This fails, because the directory does not exist.
            await sandbox.Filesystem.WriteAsync("/dir/hello.txt", "Hello World!");
        }
        catch (FilesystemException exception)
        {
            Console.WriteLine(exception.Message);   // error writing to file '/dir/hello.txt': open /dir/hello.txt: no such file or directory
        }
    }
}
