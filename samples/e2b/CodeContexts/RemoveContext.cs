using KernelGateway.Client;

namespace Samples.CodeContexts;

internal static class RemoveContext
{
    public static async Task RunAsync()
    {
        var sandbox = await Sandbox.CreateAsync();
        var context = await sandbox.CreateCodeContextAsync(new() { Language = "python" });

        await sandbox.RemoveCodeContextAsync(context.Id);
        var contexts = await sandbox.ListCodeContextsAsync();
        Console.WriteLine(contexts.Any(one => one.Id == context.Id));   // False

        await sandbox.KillAsync();
    }
}
