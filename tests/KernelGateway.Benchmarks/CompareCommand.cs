using System.Diagnostics;
using System.Runtime.InteropServices;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;
using KernelGateway.Benchmarks.Reporting;
using KernelGateway.Benchmarks.Rows;

namespace KernelGateway.Benchmarks;

/// <summary>Measures ours and the references in one run and prints the table; leaves nothing running and nothing on disk.</summary>
internal static class CompareCommand
{
    private const int InterruptedExitCode = 130;

    public static async Task<int> RunAsync(CompareOptions options)
    {
        if (!Workplace.IsOptimised) throw new BenchmarkException("Numbers of a debug build mean nothing: run with -c Release.");

        using var interrupted = new CancellationTokenSource();
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            await CompareAsync(options, interrupted.Token);
            return 0;
        }
        catch (Exception) when (interrupted.IsCancellationRequested)
        {
            // Whatever broke by it: the processes get the signal too.
            await Console.Error.WriteLineAsync("interrupted");
            return InterruptedExitCode;
        }

        void Stop(PosixSignalContext context)
        {
            // Not ended on the spot: the processes and files go first.
            context.Cancel = true;
            interrupted.Cancel();
        }
    }

    private static async Task CompareAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        using var workplace = new Workplace();
        var facts = await MachineFacts.GatherAsync(workplace, cancellationToken);
        var rows = new List<Row>();
        await using (var session = new Session(workplace, options.IsQuick))
        {
            foreach (var (name, measureAsync) in AllRows.Named)
            {
                if (options.Only.Count > 0 && !options.Only.Contains(name)) continue;
                await Console.Error.WriteAsync($"{name} ... ");
                var start = Stopwatch.GetTimestamp();
                rows.AddRange(await measureAsync(session, cancellationToken));
                await Console.Error.WriteLineAsync($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            }
        }

        TextReport.Write(Console.Out, facts, rows);
        if (options.JsonPath is not null) await JsonReport.WriteAsync(options.JsonPath, facts, rows, cancellationToken);
    }
}
