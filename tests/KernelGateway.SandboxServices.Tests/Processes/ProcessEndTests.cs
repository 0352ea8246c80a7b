using System.Globalization;
using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>Signals, limits, children that stay, and what can be found afterwards.</summary>
[CancelAfter(60_000)]
public sealed class ProcessEndTests : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Retention = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private readonly ProcessBench _bench;

    public ProcessEndTests() => _bench = new ProcessBench(new SandboxProcessesOptions { TimeProvider = _time });

    [TestCase(9, "signal: killed"), TestCase(15, "signal: terminated"), TestCase(1, "signal: hangup"), TestCase(40, "signal: signal 40")]
    public async Task Signal_ends_a_process_and_says_so(int signal, string status, CancellationToken token)
    {
        var process = await _bench.StartAsync("exec sleep 1000", token);

        process.Signal(signal).Should().BeTrue();

        (await process.Ended.WaitAsync(token)).Should().BeEquivalentTo(
            new { ExitCode = -1, Signal = signal, IsExited = false, StatusText = status, Error = status });
        Directory.Exists($"/proc/{process.ProcessId}").Should().BeFalse("it is reaped");
        process.Signal(signal).Should().BeFalse();
    }

    [Test]
    public async Task Kill_answers_at_once_while_output_streams_and_the_process_ignores_termination(CancellationToken token)
    {
        var process = await _bench.StartAsync("trap '' TERM INT HUP; echo ready; while :; do echo line; done", token);
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("ready\n");
        process.Signal(15).Should().BeTrue();
        await reader.MoveNextAsync();
        process.Ended.IsCompleted.Should().BeFalse();

        process.Signal(9).Should().BeTrue();

        (await process.Ended.WaitAsync(token)).Signal.Should().Be(9);
    }

    [Test]
    public async Task Kill_goes_to_the_group_and_termination_to_the_process(CancellationToken token)
    {
        var first = await _bench.StartAsync("sleep 1000 & echo $!; wait", token);
        var second = await _bench.StartAsync("sleep 1000 & echo $!; wait", token);
        var firstChild = await ReadNumberAsync(first, token);
        var secondChild = await ReadNumberAsync(second, token);

        first.Signal(9);
        second.Signal(15);

        await first.Ended.WaitAsync(token);
        await second.Ended.WaitAsync(token);
        SpinWait.SpinUntil(() => !IsRunning(firstChild) || token.IsCancellationRequested);
        IsRunning(firstChild).Should().BeFalse();
        IsRunning(secondChild).Should().BeTrue();
    }

    [TestCase(0), TestCase(65), TestCase(-1)]
    public async Task Signal_that_does_not_exist_is_refused(int signal, CancellationToken token)
    {
        var process = await _bench.StartAsync("exec sleep 1000", token);

        process.Invoking(self => self.Signal(signal)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public async Task Time_limit_kills_the_group(CancellationToken token)
    {
        var limit = TimeSpan.FromMinutes(7);
        var process = await _bench.StartAsync("trap '' TERM; sleep 1000 & echo $!; wait; wait", token, options => options with { TimeLimit = limit });
        var child = await ReadNumberAsync(process, token);
        await _time.WaitForTimerAsync(limit, token);

        _time.Advance(limit);

        (await process.Ended.WaitAsync(token)).Should().BeEquivalentTo(new { Signal = 9, WasTimeLimit = true });
        SpinWait.SpinUntil(() => !IsRunning(child) || token.IsCancellationRequested);
    }

    [Test]
    public async Task Kill_by_somebody_else_is_not_the_time_limit(CancellationToken token)
    {
        var process = await _bench.StartAsync("exec sleep 1000", token, options => options with { TimeLimit = TimeSpan.FromMinutes(7) });

        process.Signal(9);

        (await process.Ended.WaitAsync(token)).WasTimeLimit.Should().BeFalse();
    }

    [Test]
    public async Task Child_that_holds_the_output_delays_the_end_by_the_grace_and_its_output_is_kept(CancellationToken token)
    {
        _bench.Folder.Run("mkfifo go");
        var process = await _bench.StartAsync("(read line < go; echo late) & echo early", token);
        await _time.WaitForTimerAsync(Grace, token);
        process.Ended.IsCompleted.Should().BeFalse();
        var reading = ProcessBench.ReadToEndAsync(process, token);

        _time.Advance(Grace);

        (await process.Ended.WaitAsync(token)).ExitCode.Should().Be(0);
        (await reading).Output.Should().Be("early\n");
        _bench.Folder.Run("echo > go");
        await process.Journal.StreamsEnded.WaitAsync(token);
        (await ProcessBench.ReadToEndAsync(_bench.Processes.Find(process.ProcessId)!, token)).Output.Should().Be("late\n");
    }

    [Test]
    public async Task End_comes_before_the_grace_when_the_child_lets_go(CancellationToken token)
    {
        _bench.Folder.Run("mkfifo go");
        var process = await _bench.StartAsync("(read line < go; echo late) & echo early", token);
        await _time.WaitForTimerAsync(Grace, token);

        _bench.Folder.Run("echo > go");

        (await ProcessBench.ReadToEndAsync(process, token)).Output.Should().Be("early\nlate\n");
        (await process.Ended.WaitAsync(token)).ExitCode.Should().Be(0);
    }

    [Test]
    public async Task After_a_signal_children_that_hold_the_output_are_not_waited_for(CancellationToken token)
    {
        var process = await _bench.StartAsync("sleep 1000 & echo ready; wait", token);
        await using (var reader = new OutputCursor(process, token)) await reader.ReadUntilAsync("ready\n");

        process.Signal(15);

        (await process.Ended.WaitAsync(token)).Signal.Should().Be(15);
    }

    [Test]
    public async Task Child_that_writes_for_ever_is_read_for_ever(CancellationToken token)
    {
        var process = await _bench.StartAsync("(while :; do echo x; done) & echo $! >&2", token);
        var child = int.Parse((await ReadErrorAsync(process, token)).Trim(), CultureInfo.InvariantCulture);
        await _time.WaitForTimerAsync(Grace, token);
        _time.Advance(Grace);
        await process.Ended.WaitAsync(token);
        await _time.WaitForTimerAsync(Retention, token);

        _time.Advance(Retention);

        SpinWait.SpinUntil(() => _bench.Processes.Find(process.ProcessId) is null || token.IsCancellationRequested);
        var before = WrittenBytes(child);
        SpinWait.SpinUntil(() => WrittenBytes(child) > before + 1_000_000 || token.IsCancellationRequested);
        IsRunning(child).Should().BeTrue("it would end by SIGPIPE if nobody read");
        await _bench.Processes.DisposeAsync();
        SpinWait.SpinUntil(() => !IsRunning(child) || token.IsCancellationRequested);
    }

    [Test]
    public async Task Processes_are_listed_while_they_run_and_found_for_a_while_afterwards(CancellationToken token)
    {
        var first = await _bench.StartAsync("read line", token, options => options with { HasInput = true, Tag = "a" });
        var second = await _bench.StartAsync("exec sleep 1000", token, options => options with { Tag = "b" });
        _bench.Processes.List().Should().Equal(first, second);
        _bench.Processes.FindByTag("a").Should().BeSameAs(first);
        _bench.Processes.FindByTag("c").Should().BeNull();

        await first.CloseInputAsync();
        await first.Ended.WaitAsync(token);

        _bench.Processes.List().Should().Equal(second);
        _bench.Processes.Find(first.ProcessId).Should().BeSameAs(first);
        _bench.Processes.FindByTag("a").Should().BeSameAs(first);
        await _time.WaitForTimerAsync(Retention, token);
        _time.Advance(Retention);
        SpinWait.SpinUntil(() => _bench.Processes.Find(first.ProcessId) is null || token.IsCancellationRequested);
        _bench.Processes.FindByTag("a").Should().BeNull();
        _bench.Processes.Find(second.ProcessId).Should().BeSameAs(second);
    }

    [Test]
    public async Task Tag_leads_to_the_process_that_runs(CancellationToken token)
    {
        var running = await _bench.StartAsync("exec sleep 1000", token, options => options with { Tag = "a" });
        var ended = await _bench.StartAsync("true", token, options => options with { Tag = "a" });
        await ended.Ended.WaitAsync(token);

        _bench.Processes.FindByTag("a").Should().BeSameAs(running);
    }

    private static async Task<int> ReadNumberAsync(SandboxProcess process, CancellationToken token)
    {
        await using var reader = new OutputCursor(process, token);
        return int.Parse(await reader.ReadUntilAsync("\n"), CultureInfo.InvariantCulture);
    }

    private static async Task<string> ReadErrorAsync(SandboxProcess process, CancellationToken token)
    {
        await foreach (var output in process.ReadOutputAsync(-1, token))
            if (output.Kind == ProcessOutputKind.StandardError) return System.Text.Encoding.UTF8.GetString(output.Data.Span);
        return "";
    }

    private static bool IsRunning(int processId)
    {
        try
        {
            return !File.ReadAllText($"/proc/{processId}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static long WrittenBytes(int processId) =>
        long.Parse(
            File.ReadLines($"/proc/{processId}/io").First(line => line.StartsWith("wchar:", StringComparison.Ordinal))[7..],
            CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
