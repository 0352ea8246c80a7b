using System.Diagnostics.Metrics;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Testing;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Scripting;
using KernelGateway.Testing.Time;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Tests.Kernels;

/// <summary>A gateway whose kernels are scripted ones over in-memory sockets, on a clock that the test moves.</summary>
internal sealed class ScriptedGateway : IKernelProvisioner, IAsyncDisposable
{
    private readonly DirectoryInfo _kernelspecs = Directory.CreateTempSubdirectory("scripted-kernelspec-");
    private int _processIds = 1000;

    public Gateway Gateway { get; private set; } = null!;

    public ManualTimeProvider Time { get; } = new();

    public LogCollector Log { get; } = new();

    public KernelGatewayOptions Options { get; } = new();

    /// <summary>Gets or sets the metadata of the kernelspec, JSON.</summary>
    public string SpecMetadata { get; set; } = "{}";

    /// <summary>Gets or sets the program of the kernelspec, by which the gateway knows kernels; it is not started.</summary>
    public string Program { get; set; } = "scripted";

    /// <summary>Gets or sets the language that the kernelspec names.</summary>
    public string Language { get; set; } = "echo";

    /// <summary>Gets the provisioners that kernelspecs ask for by name, beside this one.</summary>
    public Dictionary<string, IKernelProvisioner> NamedProvisioners { get; } = [];

    /// <summary>Gets the processes launched so far.</summary>
    public AwaitableLog<ScriptedProcess> Processes { get; } = new();

    /// <summary>Gets or sets what is done to each kernel before the gateway meets it.</summary>
    public Action<ScriptedKernel>? Prepare { get; set; }

    /// <summary>Gets or sets what happens before a kernel is launched; null when nothing does.</summary>
    public Action<KernelLaunch>? Launching { get; set; }

    /// <summary>Gets or sets what a launch does and waits for first; null for nothing.</summary>
    public Func<KernelLaunch, CancellationToken, Task>? LaunchingAsync { get; set; }

    /// <summary>Gets or sets what is done when the gateway asks whether a kernel could be launched; null for nothing.</summary>
    public Action<KernelLaunch>? Checking { get; set; }

    /// <summary>Gets or sets what the gateway is given in place of each process; null for the process itself.</summary>
    public Func<ScriptedProcess, IKernelProcess>? Wrap { get; set; }

    /// <summary>Gets or sets the clock that the gateway is given; <see cref="Time"/> by default.</summary>
    public TimeProvider? Clock { get; set; }

    /// <summary>Gets or sets the loggers that the gateway is given; <see cref="Log"/> by default.</summary>
    public ILoggerFactory? Loggers { get; set; }

    /// <summary>Gets or sets the factory of meters that the gateway is given; null for none.</summary>
    public IMeterFactory? Meters { get; set; }

    public ScriptedProcess Process => Processes.Items[^1];

    public ScriptedKernel Kernel => Process.Kernel;

    public static async Task<ScriptedGateway> StartAsync(Action<ScriptedGateway>? configure = null)
    {
        var scripted = new ScriptedGateway();
        configure?.Invoke(scripted);
        scripted.Options.Languages.DefaultLanguage = scripted.Language;
        var spec = scripted._kernelspecs.CreateSubdirectory("echo");
        await File.WriteAllTextAsync(
            Path.Combine(spec.FullName, "kernel.json"), """{"argv":["{PROGRAM}"],"display_name":"Echo","language":"{LANGUAGE}","metadata":{METADATA}}"""
                .Replace("{PROGRAM}", scripted.Program, StringComparison.Ordinal)
                .Replace("{LANGUAGE}", scripted.Language, StringComparison.Ordinal)
                .Replace("{METADATA}", scripted.SpecMetadata, StringComparison.Ordinal));
        scripted.Options.KernelSpecs.ExtraDirectories.Add(scripted._kernelspecs.FullName);
        var builder = new GatewayBuilder(scripted.Options)
        {
            LoggerFactory = scripted.Loggers ?? scripted.Log,
            TimeProvider = scripted.Clock ?? scripted.Time,
            Meters = scripted.Meters,
        };
        builder.AddProvisioner(scripted);
        foreach (var (name, provisioner) in scripted.NamedProvisioners) builder.AddProvisioner(name, provisioner);
        scripted.Gateway = await builder.StartAsync();
        return scripted;
    }

    public Task<CodeContext> CreateContextAsync(CancellationToken cancellationToken) =>
        Gateway.Contexts.CreateAsync(cancellationToken: cancellationToken);

    /// <summary>Ends the kernel's process by SIGKILL and waits until the gateway has seen that.</summary>
    public async Task KillAsync(CodeContext context, CancellationToken cancellationToken)
    {
        var seen = new SeenMessages();
        using var observation = context.Kernel.Observe(seen);
        await Process.ExitAsync(new KernelExit(null, 9));
        await seen.States.WaitForAsync(one => one.State == KernelState.Restarting, cancellationToken);
    }

    public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken)
    {
        Launching?.Invoke(launch);
        if (LaunchingAsync is not null) await LaunchingAsync(launch, cancellationToken);
        // Welcomed, it is known to be subscribed: a status that came too early would be waited for until the test moves the clock.
        var kernel = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { SendsWelcome = true }, cancellationToken);
        Prepare?.Invoke(kernel);
        var process = new ScriptedProcess(kernel, Interlocked.Increment(ref _processIds));
        Processes.Add(process);
        return Wrap?.Invoke(process) ?? process;
    }

    public Task CheckAsync(KernelLaunch launch, CancellationToken cancellationToken)
    {
        Checking?.Invoke(launch);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        _kernelspecs.Delete(recursive: true);
    }
}
