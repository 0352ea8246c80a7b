using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Templates;

namespace KernelGateway.ControlPlane.Tests;

/// <summary>A control plane of its own process: creates a sandbox, says so, and waits to be killed.</summary>
public static class Program
{
    /// <summary>
    /// Arguments: data directory, first host id, id of the sandbox, a shell script that it runs, whether it creates more
    /// forever.
    /// </summary>
    public static async Task Main(string[] args)
    {
        await using var engine = new BubblewrapEngine(new BubblewrapOptions
        {
            DataDirectory = args[0],
            FirstHostId = uint.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture),
            MaxSandboxes = 4,
            Command = ["/bin/sh", "-c", args[3]],
        });
        await engine.RecoverAsync();
        var specification = new SandboxSpecification
        {
            Id = args[2],
            Template = new SandboxTemplate { Id = "test" },
            DiskBytes = 32L << 20,
        };
        await engine.CreateAsync(specification);
        await Console.Out.WriteLineAsync("created");
        // Until it is killed in the middle of one of these.
        for (var i = 0; args.Length > 4; i++)
        {
            var id = args[2][..^4] + i.ToString("D4", System.Globalization.CultureInfo.InvariantCulture);
            if (id == args[2]) continue;
            await Console.Out.WriteLineAsync("creating");
            await engine.CreateAsync(specification with { Id = id });
            await engine.KillAsync(id, keepFilesIn: null);
        }

        await Console.In.ReadLineAsync();
    }
}
