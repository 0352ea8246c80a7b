using KernelGateway.Client;

namespace Samples.CodeContexts;

internal static class CreateContext
{
    public static async Task RunAsync()
    {
        var sandbox = await Sandbox.CreateAsync();

        var context = await sandbox.CreateCodeContextAsync(new() { WorkingDirectory = "/home/user", Language = "python" });
        var result = await sandbox.RunCodeInContextAsync("print('Hello, world!')", context.Id);
        Console.Write(result.Logs.Stdout[0]);   // Hello, world!

        await sandbox.KillAsync();
    }
}
