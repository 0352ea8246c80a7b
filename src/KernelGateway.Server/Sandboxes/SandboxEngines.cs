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

    /// <summary>Gets the names.</summary>
    public static string[] All { get; } = [Default, Runc, Crun, Process];

    /// <summary>Gets the names as a text.</summary>
    public static string Names => string.Join(", ", All);

    /// <summary>Creates an engine, if this machine allows it.</summary>
    /// <exception cref="SettingsException">It does not; the message says what to install or switch on.</exception>
    public static async Task<ISandboxEngine> CreateAsync(
        string name, string dataDirectory, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var lower = name.ToLowerInvariant();
        // Each has a directory of its own: one does not know the sandboxes of the other. The OCI runtimes make the same ones.
        var directory = Path.Combine(dataDirectory, "engine", lower is Runc or Crun ? "oci" : lower);
        ISandboxEngine engine = lower switch
        {
            Process => new ProcessEngine(new ProcessEngineOptions { DataDirectory = directory }, time, loggers.CreateLogger<ProcessEngine>()),
            Runc => CreateOci(OciRuntime.Runc),
            Crun => CreateOci(OciRuntime.Crun),
            _ => new BubblewrapEngine(new BubblewrapOptions { DataDirectory = directory }, time, loggers.CreateLogger<BubblewrapEngine>()),
        };
        var report = await engine.CheckAsync(cancellationToken);
        if (report.CanCreate) return engine;
        var missing = report.Features.Where(feature => feature is { IsRequired: true, IsAllowed: false }).Select(feature => $"{feature.Name}: {feature.Detail}");
        await engine.DisposeAsync();
        throw new SettingsException($"--engine {name} cannot create sandboxes on this machine. {string.Join("; ", missing)}");

        OciEngine CreateOci(OciRuntime runtime) =>
            new(new OciOptions { DataDirectory = directory, Runtime = runtime }, time, loggers.CreateLogger<OciEngine>());
    }
}
