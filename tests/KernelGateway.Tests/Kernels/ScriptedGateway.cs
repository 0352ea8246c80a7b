using System.Diagnostics.Metrics;
using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Scripting;
using KernelGateway.Testing.Time;
using KernelGateway.Transports;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Tests.Kernels;

/// <summary>A gateway whose kernels are scripted kernels, over in-memory sockets unless a test chooses others, with a clock that the test advances.</summary>
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

    /// <summary>Gets or sets the program of the kernelspec, by which the gateway recognises known kernels. It is not started.</summary>
    public string Program { get; set; } = "scripted";

    /// <summary>Gets or sets the language that the kernelspec names.</summary>
    public string Language { get; set; } = "echo";

    /// <summary>Gets the additional provisioners that kernelspecs select by name.</summary>
    public Dictionary<string, IKernelProvisioner> NamedProvisioners { get; } = [];

    /// <summary>Gets the processes launched so far.</summary>
    public AwaitableLog<ScriptedProcess> Processes { get; } = new();

    /// <summary>Gets or sets an action on each kernel before the gateway connects to it.</summary>
    public Action<ScriptedKernel>? Prepare { get; set; }

    /// <summary>Gets or sets an action before each launch; null for none.</summary>
    public Action<KernelLaunch>? Launching { get; set; }

    /// <summary>Gets or sets an asynchronous action before each launch; null for none.</summary>
    public Func<KernelLaunch, CancellationToken, Task>? LaunchingAsync { get; set; }

    /// <summary>Gets or sets an action when the gateway checks whether a kernel can be launched; null for none.</summary>
    public Action<KernelLaunch>? Checking { get; set; }

    /// <summary>Gets or sets a function that wraps each process for the gateway; null for the process itself.</summary>
    public Func<ScriptedProcess, IKernelProcess>? Wrap { get; set; }

    /// <summary>Gets or sets the clock of the gateway; <see cref="Time"/> by default.</summary>
    public TimeProvider? Clock { get; set; }

    /// <summary>Gets or sets the logger factory of the gateway; <see cref="Log"/> by default.</summary>
    public ILoggerFactory? Loggers { get; set; }

    /// <summary>Gets or sets the transport of the gateway; null for its own.</summary>
    public IChannelTransport? Transport { get; set; }

    /// <summary>Gets or sets where its kernels listen.</summary>
    public KernelTransport Addresses { get; set; } = KernelTransport.InProc;

    /// <summary>Gets or sets the meter factory of the gateway; null for none.</summary>
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
        if (scripted.Transport is { } transport) builder.UseTransport(transport);
        try
        {
            scripted.Gateway = await builder.StartAsync();
            return scripted;
        }
        catch
        {
            scripted._kernelspecs.Delete(recursive: true);
            throw;
        }
    }

    public Task<CodeContext> CreateContextAsync(CancellationToken cancellationToken) =>
        Gateway.Contexts.CreateAsync(cancellationToken: cancellationToken);

    /// <summary>Advances the clock from timer to timer, none of which is further away, until a condition holds.</summary>
    /// <remarks>Longer timers are timeouts of requests whose replies are in flight; the clock does not reach them.</remarks>
    /// <param name="within">How far away a timer may be.</param>
    /// <param name="isOver">The condition.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="isHeld">Whether the clock stands still for now; null for never.</param>
    public async Task PassTimersAsync(TimeSpan within, Func<bool> isOver, CancellationToken cancellationToken, Func<bool>? isHeld = null)
    {
        while (!isOver())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (isHeld?.Invoke() == true || !Time.TryAdvanceToTimer(within)) await Task.Yield();
        }
    }

    /// <summary>Ends the process of the kernel as SIGKILL does, and waits until the gateway has noticed.</summary>
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
        // With the welcome message the subscription is confirmed at once. Without it a lost status is awaited until the test advances the clock.
        var kernel = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { Transport = Addresses, SendsWelcome = true }, cancellationToken);
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
