using KernelGateway.Client;

namespace Samples.CodeContexts;

internal static class ListContexts
{
    public static async Task RunAsync()
    {
        var sandbox = await Sandbox.CreateAsync();
        var created = await sandbox.CreateCodeContextAsync(new() { Language = "python" });

        var contexts = await sandbox.ListCodeContextsAsync();
        Console.WriteLine(contexts[0].Language);                                     // python, the default context
        Console.WriteLine(contexts.Any(context => context.Id == created.Id));        // True

        await sandbox.KillAsync();
    }
}
