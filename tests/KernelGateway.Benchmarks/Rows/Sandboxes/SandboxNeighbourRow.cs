using System.Text.Json;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows.Sandboxes;

/// <summary>Cells of a sandbox while a program in another one takes all it can get.</summary>
internal static class SandboxNeighbourRow
{
    private const string Template = "code-interpreter-v1";
    private const double Slower = 2.0;

    // A bomb waits for a second, so that the cell that starts it ends before: it may end the kernel, too.
    private static readonly TimeSpan UntilEffect = TimeSpan.FromSeconds(2);

    private static readonly (string Name, string Program)[] Bombs =
    [
        ("fork", "f() { f | f & }; while :; do f; sleep 1; done"),
        ("memory", "while :; do python3 -c 'x = [bytearray(1 << 20) for _ in range(1 << 16)]'; done"),
        ("disk", "cd; while :; do dd if=/dev/zero of=fill bs=1M; rm -f fill; done"),
    ];

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        await using var service = await SandboxService.StartAsync(session.Workplace, cancellationToken);
        using var client = service.Connect();
        var neighbour = await client.RunAsync(calls => calls.Create(Template), Repetition.TurnLimit, cancellationToken);
        var rows = new List<Row>();
        foreach (var (name, program) in Bombs)
            rows.Add(await MeasureAsync(session, service, client, neighbour, name, program, cancellationToken));
        return rows;
    }

    private static async Task<Row> MeasureAsync(
        Session session,
        SandboxService service,
        SandboxClient client,
        BenchSandbox neighbour,
        string name,
        string program,
        CancellationToken cancellationToken)
    {
        var ended = 0;
        var quiet = BlockingContender.Create("without one", () => client.Run(neighbour, "1+1"), client);
        var disturbed = new Contender($"beside a {name} bomb", async (count, token) =>
        {
            // Its requests have a connection of their own, so that those of the cells find theirs as before.
            using var attacker = service.Connect();
            var sandbox = await attacker.RunAsync(calls => Start(calls, program), Repetition.TurnLimit, token);
            try
            {
                await Task.Delay(UntilEffect, token);
                return await quiet.RunAsync(count, token);
            }
            finally
            {
                if (!attacker.List().Contains(sandbox.Id)) ended++;
                attacker.TryKill(sandbox.Id);
            }
        });
        var row = await session.Choose(new Repetition(20, 3, 50), new Repetition(50, 5, 200)).RunAsync(
            $"cell 1+1 beside a {name} bomb",
            Quantity.Time,
            [disturbed, quiet],
            [Target.AtMost(Slower, reference: 1)],
            cancellationToken);
        return ended == 0 ? row : row with { Note = $"The sandbox of the bomb had ended by itself at the end of {ended} turns." };
    }

    private static BenchSandbox Start(SandboxClient client, string program)
    {
        var sandbox = client.Create(Template);
        var text = JsonSerializer.Serialize($"sleep 1; {program}");
        client.Run(
            sandbox,
            $"import subprocess; subprocess.Popen(['sh', '-c', {text}], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)");
        return sandbox;
    }
}
