using KernelGateway.Contexts;
using KernelGateway.Kernels;
using KernelGateway.Launching.Local;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Faults;
using KernelGateway.Soak.Kernels;
using Microsoft.Extensions.Logging;

namespace KernelGateway.Soak.Gateways;

/// <summary>A gateway in this process and its contexts, each with an observer that sometimes throws.</summary>
internal sealed class EmbeddedContexts : IContextHost, IAsyncDisposable
{
    private readonly Gateway _gateway;
    private readonly LocalKernelProvisioner _provisioner;
    private readonly Tally _tally;
    private readonly TimeProvider _time;
    private readonly int _seed;
    private int _observers;

    private EmbeddedContexts(Gateway gateway, LocalKernelProvisioner provisioner, Tally tally, TimeProvider time, int seed)
    {
        _gateway = gateway;
        _provisioner = provisioner;
        _tally = tally;
        _time = time;
        _seed = seed;
    }

    public string Name => "in process";

    public Gateway Gateway => _gateway;

    public static async Task<EmbeddedContexts> StartAsync(Workplace workplace, Tally tally, ILoggerFactory loggers, TimeProvider time, int seed)
    {
        // The files of kernels and the spill files of the gateway are then in the directory that is searched for leftovers.
        Environment.SetEnvironmentVariable("TMPDIR", workplace.OwnFiles);
        Environment.SetEnvironmentVariable(Workplace.MarkName, workplace.Mark);
        var options = new KernelGatewayOptions { DefaultWorkingDirectory = workplace.Cells };
        options.KernelSpecs.ExtraDirectories.Add(workplace.Kernels);
        options.Launching.RunDirectoryRoot = Path.Combine(workplace.OwnFiles, "run");
        options.Launching.InheritedEnvironment.Add(Workplace.MarkName);
        options.Launching.PythonInterpreter = Workplace.Python;
        options.Contexts.MaxQueuedExecutions = 8;
        options.Contexts.MaxOutputBytes = ServerProcess.MaxOutputBytes;
        options.Contexts.JournalMemoryBytes = 256 << 10;
        options.Kernels.InterruptGrace = TimeSpan.FromSeconds(3);
        var provisioner = new LocalKernelProvisioner(options.Launching, loggers.CreateLogger<LocalKernelProvisioner>());
        var gateway = await new GatewayBuilder(options) { LoggerFactory = loggers }
            .AddProvisioner(new UnreliableProvisioner(provisioner, tally, new Random(seed))).StartAsync();
        return new EmbeddedContexts(gateway, provisioner, tally, time, seed);
    }

    public int Wanted(KernelKind kind) => kind.InProcess;

    public async Task<SoakContext> CreateAsync(KernelKind kind, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var context = await _gateway.Contexts.CreateAsync(new CreateContextOptions { Language = kind.SpecName }, cancellationToken);
                context.Kernel.Observe(new ThrowingObserver(_tally, new Random(_seed + Interlocked.Increment(ref _observers))));
                return new SoakContext(context.Id, kind, _time) { InProcess = context };
            }
            catch (Exception exception) when (UnreliableProvisioner.IsCauseOf(exception))
            {
                // Intended. The next attempt is likely to succeed.
            }
        }
    }

    public async Task RemoveAsync(SoakContext context, CancellationToken cancellationToken) =>
        await _gateway.Contexts.RemoveAsync(context.Id).WaitAsync(cancellationToken);

    public async Task<bool> RestartAsync(SoakContext context, CancellationToken cancellationToken)
    {
        try
        {
            await context.InProcess!.RestartAsync(CancellationToken.None).WaitAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is KernelGatewayException || UnreliableProvisioner.IsCauseOf(exception))
        {
            return false;
        }
    }

    public async Task InterruptAsync(SoakContext context, CancellationToken cancellationToken) =>
        await context.InProcess!.InterruptAsync(CancellationToken.None).WaitAsync(cancellationToken);

    public Task<KernelStatus?> FindAsync(SoakContext context, CancellationToken cancellationToken)
    {
        var found = _gateway.Contexts.Find(context.Id);
        return Task.FromResult(found is null ? null : new KernelStatus(found.Kernel.ProcessId, found.Kernel.State == KernelState.Dead));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provisioner.DisposeAsync();
    }
}
