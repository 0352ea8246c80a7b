using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class OptionsOfACell
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        await sandbox.Notebook.ExecCellAsync("x = 'of the default kernel'");

        // Each kernel has variables of its own.
        var kernelId = await sandbox.Notebook.CreateKernelAsync();
        await sandbox.Notebook.ExecCellAsync(
            "import sys\nprint('x' in globals())\nprint('oops', file=sys.stderr)\n6 * 7",
            kernelId,
            onStdout: message => Console.Write($"stdout: {message.Line}"),          // stdout: False
            onStderr: message => Console.Write($"stderr: {message.Line}"),          // stderr: oops
            onResult: result => Console.WriteLine($"result: {result.Text}"));       // result: 42

        var kernels = await sandbox.Notebook.ListKernelsAsync();
        Console.WriteLine($"{kernels.Count} kernels");                              // 2 kernels

        await sandbox.Notebook.RestartKernelAsync(kernelId);
        await sandbox.Notebook.ShutdownKernelAsync(kernelId);
        var execution = await sandbox.Notebook.ExecCellAsync("x");
        Console.WriteLine(execution.Text);                                          // 'of the default kernel'
    }
}
