using System.CommandLine;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Bubblewrap;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Engines.Oci;
using KernelGateway.ControlPlane.Engines.Plain;
using KernelGateway.Server.Configuration;

namespace KernelGateway.Server.Sandboxes;

/// <summary>The options that say how sandboxes are isolated.</summary>
internal sealed class EngineCommandOptions
{
    private const string Bubblewrap = "bubblewrap";
    private const string Runc = "runc";
    private const string Crun = "crun";
    private const string Process = "process";

    private static readonly string[] All = [Bubblewrap, Runc, Crun, Process];

    private readonly Option<string> _engine = new("--engine")
    {
        Description = $"How sandboxes are isolated: {string.Join(", ", All)}. 'process' does not isolate them at all and is "
            + "for development.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Bubblewrap,
    };

    private readonly Option<uint?> _firstHostId = new("--first-host-id")
    {
        Description = "The first of the user ids of this machine that sandboxes run as. Each sandbox of a service of root has 65,536 "
            + $"ids of its own. Default: {DefaultFirstId(Bubblewrap)}, with {Runc} and {Crun} {DefaultFirstId(Runc)}.",
        HelpName = "ID",
    };

    public EngineCommandOptions() => _engine.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, All);

    public void AddTo(Command command)
    {
        command.Options.Add(_engine);
        command.Options.Add(_firstHostId);
    }

    /// <summary>Creates the engine. It does nothing before its first sandbox.</summary>
    /// <exception cref="SettingsException">The first id cannot be used.</exception>
    public ISandboxEngine Create(ParseResult parsed, string dataDirectory, ILoggerFactory loggers, TimeProvider time)
    {
        var name = parsed.GetRequiredValue(_engine).ToLowerInvariant();
        // Each has a directory of its own: one does not know the sandboxes of the other. The OCI runtimes make the same ones.
        var directory = Path.Combine(dataDirectory, "engine", name is Runc or Crun ? "oci" : name);
        if (name != Process)
        {
            var options = CreateOptions(name, directory);
            options.FirstHostId = parsed.GetValue(_firstHostId) ?? options.FirstHostId;
            if (options.HostIds.FindProblem() is { } problem) throw new SettingsException($"--first-host-id: {problem}.");
            return options is OciOptions oci
                ? new OciEngine(oci, time, loggers.CreateLogger<OciEngine>())
                : new BubblewrapEngine((BubblewrapOptions)options, time, loggers.CreateLogger<BubblewrapEngine>());
        }

        if (parsed.GetValue(_firstHostId) is not null)
            throw new SettingsException($"--first-host-id: sandboxes of the engine '{Process}' have no users of their own.");
        return new ProcessEngine(new ProcessEngineOptions { DataDirectory = directory }, time, loggers.CreateLogger<ProcessEngine>());
    }

    /// <summary>Creates the engine, if this machine allows it.</summary>
    /// <exception cref="SettingsException">It does not; the message says what to install or switch on.</exception>
    public async Task<ISandboxEngine> CreateAllowedAsync(
        ParseResult parsed, string dataDirectory, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var engine = Create(parsed, dataDirectory, loggers, time);
        var report = await engine.CheckAsync(cancellationToken);
        if (report.CanCreate) return engine;
        var missing = report.Features.Where(feature => feature is { IsRequired: true, IsAllowed: false }).Select(feature => $"{feature.Name}: {feature.Detail}");
        await engine.DisposeAsync();
        throw new SettingsException($"--engine {engine.Name} cannot create sandboxes on this machine. {string.Join("; ", missing)}");
    }

    private static uint DefaultFirstId(string name) => CreateOptions(name, "/").FirstHostId;

    private static IsolationOptions CreateOptions(string name, string directory) => name switch
    {
        Runc => new OciOptions { DataDirectory = directory, Runtime = OciRuntime.Runc },
        Crun => new OciOptions { DataDirectory = directory, Runtime = OciRuntime.Crun },
        _ => new BubblewrapOptions { DataDirectory = directory },
    };
}
