using KernelGateway.Client.Legacy;

namespace Samples.Sandboxes;

internal static class SandboxUrl
{
    public static async Task RunAsync()
    {
        await using var sandbox = await Sandbox.CreateAsync();

        // The sandbox, at the default port of its template.
        Console.WriteLine($"https://{sandbox.GetHostname()}");

        // A server that listens on port 3000 in the sandbox.
        Console.WriteLine($"https://{sandbox.GetHostname(3000)}");   // the same with 3000- in front of it
    }
}
