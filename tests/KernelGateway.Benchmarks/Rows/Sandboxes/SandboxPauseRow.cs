using System.Diagnostics;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;
using KernelGateway.Benchmarks.Processes;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>Pausing and resuming a sandbox with a Python kernel, and killing sandboxes until nothing of them is left.</summary>
internal static class SandboxPauseRow
{
    private const double PauseTarget = 20e-3;
    private const double KillTarget = 0.2;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan GoneLimit = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        Samples[] pauses = [new("kernel-gateway")];
        Samples[] resumes = [new("kernel-gateway")];
        Samples[] kills = [new("kernel-gateway"), new("until the answer")];
        var sandbox = await client.RunAsync(
            calls => calls.Create("code-interpreter-v1"), Repetition.TurnLimit, cancellationToken);
        var (rounds, count) = session.Choose((4, 5), (10, 10));
        for (var round = 0; round <= rounds; round++)
        {
            var paused = await client.RunAsync(
                calls => Enumerable.Range(0, count).Select(_ => PauseOnce(calls, sandbox)).ToList(),
                Repetition.TurnLimit,
                cancellationToken);
            var killed = await client.RunAsync(calls => KillOnce(service, calls), Repetition.TurnLimit, cancellationToken);
            if (round == 0) continue;
            pauses[0].Add([.. paused.Select(times => times.Pause)]);
            resumes[0].Add([.. paused.Select(times => times.Resume)]);
            kills[0].Add([killed.Gone]);
            kills[1].Add([killed.Answer]);
        }

        return
        [
            new Row("pause", Quantity.Time, pauses, [Target.Within(PauseTarget)]),
            new Row("resume", Quantity.Time, resumes, [Target.Within(PauseTarget)]),
            new Row("kill, until nothing is left", Quantity.Time, kills, [Target.Within(KillTarget)]),
        ];
    }

    private static (double Pause, double Resume) PauseOnce(SandboxClient client, BenchSandbox sandbox)
    {
        var start = Stopwatch.GetTimestamp();
        client.Pause(sandbox);
        var paused = Stopwatch.GetTimestamp();
        client.Resume(sandbox);
        var resumed = Stopwatch.GetTimestamp();

        // What it has missed is done before the next pause.
        client.Run(sandbox, "1+1");
        return (Stopwatch.GetElapsedTime(start, paused).TotalSeconds, Stopwatch.GetElapsedTime(paused, resumed).TotalSeconds);
    }

    private static (double Answer, double Gone) KillOnce(SandboxService service, SandboxClient client)
    {
        var sandbox = client.Create("base");
        List<string> directories = [service.DirectoryOf(sandbox.Id), .. sandbox.ListGroups()];
        var processes = sandbox.ListProcesses();
        var start = Stopwatch.GetTimestamp();
        client.Kill(sandbox.Id);
        var answer = Stopwatch.GetElapsedTime(start).TotalSeconds;
        while (directories.Exists(Directory.Exists) || processes.Exists(ProcessFile.IsAlive))
        {
            if (Stopwatch.GetElapsedTime(start) > GoneLimit)
                throw new BenchmarkException($"The directory, a group or a process of sandbox {sandbox.Id} is left.");

            // Not a busy loop: what ends needs the processor.
            Thread.Sleep(BetweenLooks);
        }

        return (answer, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
