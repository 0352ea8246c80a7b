using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class Errors
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        var execution = await sandbox.Notebook.ExecCellAsync("print('before')\nx");

        if (execution.Error is { } error)
        {
            Console.WriteLine(error.Name);                 // NameError
            Console.WriteLine(error.Value);                // name 'x' is not defined
            Console.WriteLine(error.Traceback.Count > 0);  // True
        }

        // What was written before the error is kept, and the kernel works on.
        Console.Write(execution.Logs.Stdout[0]);           // before
        Console.WriteLine((await sandbox.Notebook.ExecCellAsync("1 + 1")).Text);   // 2
    }
}
