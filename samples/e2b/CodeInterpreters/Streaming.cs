using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class Streaming
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        await sandbox.Notebook.ExecCellAsync(
            """
            import time
            import pandas as pd

            print("hello")
            time.sleep(1)
            data = pd.DataFrame(data=[[1, 2], [3, 4]], columns=["A", "B"])
            display(data.head(10))
            time.sleep(1)
            print("world")
            """,
            onStdout: message => Console.Write(message.Line),             // hello, later world
            onStderr: message => Console.Error.Write(message.Line),
            onResult: result => Console.WriteLine(result.Text));          // the table, between them
    }
}
