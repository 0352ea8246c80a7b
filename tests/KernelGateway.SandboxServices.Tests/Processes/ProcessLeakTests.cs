using System.Globalization;
using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>What is left when the processes are disposed.</summary>
[CancelAfter(60_000)]
[NonParallelizable] // It counts the descriptors of this process.
public sealed class ProcessLeakTests
{
    [Test]
    public async Task Nothing_is_left_after_disposal(CancellationToken token)
    {
        await RunManyAsync(token);
        var before = Descriptors();

        var ids = await RunManyAsync(token);

        // The thread of the monitor ends after its last process, and the pool's threads keep nothing of ours.
        SpinWait.SpinUntil(() => Descriptors() <= before, TimeSpan.FromSeconds(10));
        Descriptors().Should().BeLessThanOrEqualTo(before);
        ids.Should().HaveCountGreaterThan(20);
        SpinWait.SpinUntil(() => ids.TrueForAll(id => !IsRunning(id)), TimeSpan.FromSeconds(10));
        ids.Where(IsRunning).Should().BeEmpty();
    }

    [Test]
    public async Task Disposal_ends_readers_and_writers_and_refuses_starts(CancellationToken token)
    {
        var bench = new ProcessBench();
        var process = await bench.StartAsync("trap '' TERM; echo ready; sleep 1000; sleep 1000", token, options => options with { HasInput = true });
        await using (var reader = new OutputCursor(process, token)) await reader.ReadUntilAsync("ready\n");
        var reading = ProcessBench.ReadToEndAsync(process, token);
        var writing = process.WriteInputAsync(new byte[1_000_000], token);

        await bench.DisposeAsync();
        await bench.Processes.DisposeAsync();

        (await process.Ended.WaitAsync(token)).Signal.Should().Be(9);
        await reading.WaitAsync(token);
        await writing.Invoking(task => task).Should().ThrowAsync<SandboxProcessException>();
        await bench.Processes.Invoking(self => self.StartAsync(new ProcessStartOptions { Command = "true" }, token))
            .Should().ThrowAsync<ObjectDisposedException>();
        bench.Processes.List().Should().BeEmpty();
    }

    [Test]
    public async Task Failed_starts_leave_no_descriptors(CancellationToken token)
    {
        await using var bench = new ProcessBench();
        await FailAsync(bench, token);
        var before = Descriptors();

        for (var attempt = 0; attempt < 20; attempt++) await FailAsync(bench, token);

        Descriptors().Should().BeLessThanOrEqualTo(before);
    }

    private static async Task FailAsync(ProcessBench bench, CancellationToken token)
    {
        var huge = new string('x', 200_000);
        foreach (var terminal in new TerminalSize?[] { null, new TerminalSize(80, 24) })
        {
            var start = () => bench.StartAsync("true", token, options => options with { Arguments = [huge], Terminal = terminal, HasInput = true });
            await start.Should().ThrowAsync<SandboxProcessException>();
        }
    }

    private static async Task<List<int>> RunManyAsync(CancellationToken token)
    {
        await using var bench = new ProcessBench();
        var ids = new List<int>();
        for (var number = 0; number < 10; number++)
        {
            ids.Add((await bench.StartAsync("echo x", token, options => options with { HasInput = true })).ProcessId);
            ids.Add((await bench.StartTerminalAsync("exec bash --norc -i", token)).ProcessId);
            // The leader ends, its child stays and holds the pipe.
            var parent = await bench.StartAsync("sleep 1000 & echo $!", token);
            await using var reader = new OutputCursor(parent, token);
            ids.Add(int.Parse(await reader.ReadUntilAsync("\n"), CultureInfo.InvariantCulture));
        }

        return ids;
    }

    private static bool IsRunning(int id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
}
