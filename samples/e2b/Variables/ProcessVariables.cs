using KernelGateway.Client.Legacy;

namespace Samples.Variables;

internal static class ProcessVariables
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync(envVars: new Dictionary<string, string> { ["FOO"] = "Hello" });

        var process = await sandbox.Process.StartAsync("echo $FOO $BAR!", envVars: new Dictionary<string, string> { ["BAR"] = "World" });
        await process.WaitAsync();
        Console.WriteLine(process.Output.Stdout);   // Hello World!

        // The variables of a process have precedence over those of the sandbox.
        process = await sandbox.Process.StartAsync("echo $FOO", envVars: new Dictionary<string, string> { ["FOO"] = "Goodbye" });
        await process.WaitAsync();
        Console.WriteLine(process.Output.Stdout);   // Goodbye
    }
}
