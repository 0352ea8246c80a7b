using System.CommandLine;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Engines.Oci;
using KernelGateway.ControlPlane.Engines.Plain;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Sandboxes;

/// <summary>The engines by their names.</summary>
internal static class SandboxEngines
{
    public const string Default = "bubblewrap";
    private const string Runc = "runc";
    private const string Crun = "crun";
    private const string Process = "process";

    private static readonly string[] All = [Default, Runc, Crun, Process];

    /// <summary>Creates the option that names one.</summary>
    public static Option<string> CreateOption()
    {
        var option = new Option<string>("--engine")
        {
            Description = $"How sandboxes are isolated: {string.Join(", ", All)}. 'process' does not isolate them at all and is "
                + "for development.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Default,
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, All);
        return option;
    }

    /// <summary>Creates an engine. It does nothing before its first sandbox.</summary>
    public static ISandboxEngine Create(string name, string dataDirectory, ILoggerFactory loggers, TimeProvider time)
    {
        var lower = name.ToLowerInvariant();
        // Each has a directory of its own: one does not know the sandboxes of the other. The OCI runtimes make the same ones.
        var directory = Path.Combine(dataDirectory, "engine", lower is Runc or Crun ? "oci" : lower);
        return lower switch
        {
            Process => new ProcessEngine(new ProcessEngineOptions { DataDirectory = directory }, time, loggers.CreateLogger<ProcessEngine>()),
            Runc => CreateOci(OciRuntime.Runc),
            Crun => CreateOci(OciRuntime.Crun),
            _ => new BubblewrapEngine(new BubblewrapOptions { DataDirectory = directory }, time, loggers.CreateLogger<BubblewrapEngine>()),
        };

        OciEngine CreateOci(OciRuntime runtime) =>
            new(new OciOptions { DataDirectory = directory, Runtime = runtime }, time, loggers.CreateLogger<OciEngine>());
    }

    /// <summary>Creates an engine, if this machine allows it.</summary>
    /// <exception cref="SettingsException">It does not; the message says what to install or switch on.</exception>
    public static async Task<ISandboxEngine> CreateAsync(
        string name, string dataDirectory, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var engine = Create(name, dataDirectory, loggers, time);
        var report = await engine.CheckAsync(cancellationToken);
        if (report.CanCreate) return engine;
        var missing = report.Features.Where(feature => feature is { IsRequired: true, IsAllowed: false }).Select(feature => $"{feature.Name}: {feature.Detail}");
        await engine.DisposeAsync();
        throw new SettingsException($"--engine {name} cannot create sandboxes on this machine. {string.Join("; ", missing)}");
    }
}
