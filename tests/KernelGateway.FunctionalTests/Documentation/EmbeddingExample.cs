using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.FunctionalTests.Documentation;

/// <summary>The example of a gateway in a program of one's own.</summary>
internal static class EmbeddingExample
{
    /// <summary>Runs the example.</summary>
    /// <param name="Console">What takes the place of the console.</param>
    public static async Task RunAsync(TextWriter Console)
    {
        // The page shows what follows.
        await using var gateway = await Gateway.StartAsync(new KernelGatewayOptions());
        CodeContext context = await gateway.Contexts.CreateAsync(new() { Language = "python", WorkingDirectory = "/tmp" });

        Execution execution = await context.RunAsync(
            "for i in range(3): print(i)\ni * 14",
            new() { Timeout = TimeSpan.FromSeconds(30) },
            new() { OnStdout = Console.Write });

        Console.WriteLine(execution.Text);                    // 28
        Console.WriteLine(execution.Error?.Value ?? "no error");
        Console.WriteLine(execution.End.Reason);              // Completed
        // The page shows what is above.
    }
}
