using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class HelloWorld
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        var execution = await sandbox.Notebook.ExecCellAsync("print('Hello, World!')");

        Console.Write(execution.Logs.Stdout[0]);                       // Hello, World!
        Console.WriteLine($"{execution.Results.Count} results");       // 0 results
    }
}
