using System.Threading.Channels;
using KernelGateway;
using KernelGateway.Executions;

namespace JobQueue;

internal sealed record Job(string Name, string Code);

internal sealed record JobOptions(TimeSpan TimeLimit);

/// <summary>Takes jobs from the queue until it is complete, then stops the application.</summary>
internal sealed class JobWorker(Channel<Job> jobs, JobOptions options, IServiceProvider services, IHostApplicationLifetime lifetime) : BackgroundService
{
    public const int MaxRunning = 2;

    private static int _failures;

    public static int Failures => Volatile.Read(ref _failures);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The gateway is a service that the host starts before this one; it exists now, and did not when this object was created.
        var gateway = services.GetRequiredService<Gateway>();
        await Parallel.ForEachAsync(
            jobs.Reader.ReadAllAsync(stoppingToken),
            new ParallelOptions { MaxDegreeOfParallelism = MaxRunning, CancellationToken = stoppingToken },
            async (job, cancellationToken) =>
            {
                var result = await RunAsync(gateway, job, cancellationToken);
                if (result.End?.Reason != ExecutionEndReason.Completed) Interlocked.Increment(ref _failures);
                Console.WriteLine(Describe(job, result));
            });
        lifetime.StopApplication();
    }

    private async Task<ExecutionResult> RunAsync(Gateway gateway, Job job, CancellationToken cancellationToken)
    {
        // One context for each job: a job that dies or leaves variables behind has no effect on the next.
        var context = await gateway.Contexts.CreateAsync(new() { Language = "python" }, cancellationToken);
        try
        {
            var execution = await context.RunAsync(job.Code, new() { Timeout = options.TimeLimit }, cancellationToken: cancellationToken);
            return execution.Result;
        }
        finally
        {
            await gateway.Contexts.RemoveAsync(context.Id);
        }
    }

    private static string Describe(Job job, ExecutionResult result) => result switch
    {
        { End.Reason: ExecutionEndReason.Completed } => $"{job.Name}: {string.Concat(result.Logs.Stdout).TrimEnd()}",
        { End.Reason: ExecutionEndReason.TimedOut } => $"{job.Name}: stopped at its time limit",
        { Error: { } error } => $"{job.Name}: {error.Name}: {error.Value}",
        _ => $"{job.Name}: {result.End?.Reason} {result.End?.Message}",
    };
}
