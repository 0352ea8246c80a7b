using KernelGateway.Client.Legacy;

namespace Samples.CodeInterpreters;

internal static class Charts
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();

        // Packages are installed as in a notebook. Without a network this writes an error to the logs, and matplotlib has to be installed already.
        await sandbox.Notebook.ExecCellAsync("!pip install matplotlib");

        var execution = await sandbox.Notebook.ExecCellAsync("""
            import matplotlib.pyplot as plt
            import numpy as np

            x = np.linspace(0, 20, 100)
            y = np.sin(x)

            plt.plot(x, y)
            plt.show()
            """);

        // Save it to a file, or send it to a page.
        byte[] png = execution.Results[0].Png!;
        Console.WriteLine(Convert.ToHexString(png.AsSpan(0, 4)));   // 89504E47, the first bytes of every PNG image
    }
}
