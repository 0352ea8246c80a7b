using System.Diagnostics;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Contexts;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>The gateway in this process without HTTP. The difference to the server is the cost of HTTP.</summary>
internal sealed class EmbeddedGateway(Gateway gateway, CodeContext context) : IAsyncDisposable
{
    public static async Task<EmbeddedGateway> StartAsync(Session session, CancellationToken cancellationToken)
    {
        var options = new KernelGatewayOptions { AdoptOrphanedKernels = false };
        options.Launching.RunDirectoryRoot = Path.Combine(session.Workplace.Directory, "embedded");
        options.Launching.InheritedEnvironment.Clear();
        var gateway = await Gateway.StartAsync(options, cancellationToken: cancellationToken);
        try
        {
            var context = await gateway.Contexts.CreateAsync(
                new CreateContextOptions
                {
                    Language = "python",
                    WorkingDirectory = session.Workplace.Directory,
                    EnvironmentVariables = session.Workplace.Environment,
                },
                cancellationToken);
            return new EmbeddedGateway(gateway, context);
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public Contender Running(string code) => new("Gateway, in process", async (count, token) =>
    {
        var seconds = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await context.RunAsync(code, cancellationToken: token);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return seconds;
    });

    public ValueTask DisposeAsync() => gateway.DisposeAsync();
}
