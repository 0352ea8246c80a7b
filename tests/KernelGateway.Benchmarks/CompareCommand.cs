using System.Diagnostics;
using System.Runtime.InteropServices;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;
using KernelGateway.Benchmarks.Reporting;
using KernelGateway.Benchmarks.Rows;

namespace KernelGateway.Benchmarks;

/// <summary>Measures the gateway and the references in one run and prints the table. It leaves no process and no file.</summary>
internal static class CompareCommand
{
    private const int FailedExitCode = 1;
    private const int InterruptedExitCode = 130;

    // The limit for starting and ending servers and kernels. The turns of a row have their own deadlines.
    private static readonly TimeSpan RowLimit = TimeSpan.FromMinutes(15);

    public static async Task<int> RunAsync(CompareOptions options)
    {
        if (!Workplace.IsOptimised) throw new BenchmarkException("Numbers of a debug build mean nothing: run with -c Release.");

        using var interrupted = new CancellationTokenSource();
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            return await CompareAsync(options, interrupted.Token) ? 0 : FailedExitCode;
        }
        catch (Exception) when (interrupted.IsCancellationRequested)
        {
            // The child processes receive the signal, too. Their failures after it are not reported.
            await Console.Error.WriteLineAsync("interrupted");
            return InterruptedExitCode;
        }

        void Stop(PosixSignalContext context)
        {
            // The program does not end at once: it first ends its processes and removes its files.
            context.Cancel = true;
            interrupted.Cancel();
        }
    }

    // Returns false when a row could not be measured.
    private static async Task<bool> CompareAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        using var workplace = new Workplace(options.ServerAssembly);
        var facts = await MachineFacts.GatherAsync(workplace, cancellationToken);
        var rows = new List<Row>();
        var failures = new List<string>();
        await using (var session = new Session(workplace, options.IsQuick))
        {
            foreach (var (name, measureAsync) in AllRows.Named)
            {
                if (options.Only.Count > 0 && !options.Only.Contains(name)) continue;
                await Console.Error.WriteAsync($"{name} ... ");
                var start = Stopwatch.GetTimestamp();
                try
                {
                    rows.AddRange(await Deadline.RunAsync(token => measureAsync(session, token), RowLimit, TimeProvider.System, cancellationToken));
                }
                catch (Exception exception) when (exception is BenchmarkException or TimeoutException)
                {
                    // A failed row does not end the comparison.
                    failures.Add($"{name}: {(exception is TimeoutException ? $"not done after {RowLimit.TotalMinutes:0} minutes" : exception.Message)}");
                }

                await Console.Error.WriteLineAsync($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            }
        }

        TextReport.Write(Console.Out, facts, rows, failures);
        if (options.JsonPath is not null) await JsonReport.WriteAsync(options.JsonPath, facts, rows, cancellationToken);
        return failures.Count == 0;
    }
}
