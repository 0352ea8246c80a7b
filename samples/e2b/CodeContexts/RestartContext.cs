using KernelGateway.Client;

namespace Samples.CodeContexts;

internal static class RestartContext
{
    public static async Task RunAsync()
    {
        var sandbox = await Sandbox.CreateAsync();
        var context = await sandbox.CreateCodeContextAsync(new() { Language = "python" });
        await sandbox.RunCodeInContextAsync("x = 1", context.Id);

        // The context keeps its id and loses its variables.
        await sandbox.RestartCodeContextAsync(context.Id);
        var result = await sandbox.RunCodeInContextAsync("x", context.Id);
        Console.WriteLine(result.Error?.Value);   // name 'x' is not defined

        await sandbox.KillAsync();
    }
}
