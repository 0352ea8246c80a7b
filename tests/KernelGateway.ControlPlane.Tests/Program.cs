using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Templates;
using KernelGateway.ControlPlane.Tests.Support;

namespace KernelGateway.ControlPlane.Tests;

/// <summary>A control plane of its own process: creates a sandbox, says so, and waits to be killed.</summary>
public static class Program
{
    /// <summary>
    /// Arguments: name of the engine, data directory, first host id, id of the sandbox, a shell script that it runs, whether it creates more
    /// forever.
    /// </summary>
    public static async Task Main(string[] args)
    {
        var options = EngineBench.CreateOptions(args[0], args[1], uint.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture));
        options.Command = ["/bin/sh", "-c", args[4]];
        await using var engine = EngineBench.CreateEngine(options);
        await engine.RecoverAsync();
        var specification = new SandboxSpecification
        {
            Id = args[3],
            Template = new SandboxTemplate { Id = "test" },
            DiskBytes = 32L << 20,
        };
        await engine.CreateAsync(specification);
        await Console.Out.WriteLineAsync("created");
        // Until it is killed in the middle of one of these.
        for (var i = 0; args.Length > 5; i++)
        {
            var id = args[3][..^4] + i.ToString("D4", System.Globalization.CultureInfo.InvariantCulture);
            if (id == args[3]) continue;
            await Console.Out.WriteLineAsync("creating");
            await engine.CreateAsync(specification with { Id = id });
            await engine.KillAsync(id, keepFilesIn: null);
        }

        await Console.In.ReadLineAsync();
    }
}
