using KernelGateway.ControlPlane.Engines;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>Reads every five seconds what the running sandboxes use.</summary>
internal sealed partial class UsageSampler(SandboxDependencies plane, Func<IEnumerable<Sandbox>> sandboxes) : IAsyncDisposable
{
    /// <summary>The time between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = plane.Loggers.CreateLogger<UsageSampler>();
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Starts the loop.</summary>
    public void Start()
    {
        using (ExecutionContext.SuppressFlow()) _loop = Task.Run(LoopAsync);
    }

    /// <summary>Reads one sandbox.</summary>
    public async Task SampleAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        var record = sandbox.Record;
        try
        {
            var usage = await plane.Engine.ReadUsageAsync(record.Id, cancellationToken).ConfigureAwait(false);
            var sample = new UsageSample(
                plane.Time.GetUtcNow(),
                (int)Math.Ceiling(record.Cpus),
                CpuUsedPercent: 0,
                Math.Max(0, (usage.MemoryBytes ?? 0) - (usage.CacheBytes ?? 0)),
                usage.MemoryLimitBytes ?? record.MemoryBytes,
                usage.CacheBytes ?? 0,
                usage.DiskBytes ?? 0,
                usage.DiskLimitBytes ?? record.DiskBytes);
            sandbox.Samples.Add(sample, usage.ProcessorTime, plane.Time.GetTimestamp(), plane.Time);
        }
        catch (Exception exception) when (exception is SandboxEngineException or IOException or UnauthorizedAccessException)
        {
            // It ends at this moment, or the machine does not count; the next sample is due soon.
            LogNotRead(exception, record.Id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Interval, plane.Time);
        while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false))
        {
            foreach (var sandbox in sandboxes().Where(sandbox => sandbox.State == SandboxState.Running))
                await SampleAsync(sandbox, _stopping.Token).ConfigureAwait(false);
        }
    }

    [LoggerMessage(7260, LogLevel.Debug, "The use of sandbox {SandboxId} could not be read.")]
    private partial void LogNotRead(Exception exception, string sandboxId);
}
