using KernelGateway.Client.Legacy;

namespace Samples.Variables;

internal static class SandboxVariables
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync(envVars: new Dictionary<string, string> { ["FOO"] = "Hello" });

        var process = await sandbox.Process.StartAndWaitAsync("echo $FOO");
        Console.WriteLine(process.Stdout);   // Hello
    }
}
