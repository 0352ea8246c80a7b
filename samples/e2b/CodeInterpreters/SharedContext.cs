using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class SharedContext
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        await sandbox.Notebook.ExecCellAsync("x = 1");

        var execution = await sandbox.Notebook.ExecCellAsync("x+=1; x");
        Console.WriteLine(execution.Text);   // 2
    }
}
