using System.Globalization;
using System.Text;
using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>Output with one reader, several, slow ones and none.</summary>
[CancelAfter(120_000)]
public sealed class ProcessOutputTests : IAsyncDisposable
{
    private readonly ProcessBench _bench = new();

    [Test]
    public async Task Bytes_are_not_touched_wherever_they_are_cut(CancellationToken token)
    {
        // Three bytes a character, so that pieces of a power of two cut characters.
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("€", 100_000))).Concat<byte>([0xFF, 0, 0x80, 0xC3]).ToArray();
        File.WriteAllBytes(_bench.Folder.PathOf("data"), bytes);
        var process = await _bench.StartAsync("cat data; cat data >&2", token);
        var sizes = new List<int>();
        await foreach (var piece in process.ReadOutputAsync(-1, token)) sizes.Add(piece.Data.Length);

        var output = await ProcessBench.ReadToEndAsync(process, token, after: 0);

        sizes.Should().OnlyContain(size => size > 0 && size <= 32 * 1024);
        sizes.Sum().Should().Be(2 * bytes.Length);
        var (texts, _) = await _bench.RunAsync("cat data; cat data >&2", token);
        texts.OutputBytes.AsSpan().SequenceEqual(bytes).Should().BeTrue();
        texts.ErrorBytes.AsSpan().SequenceEqual(bytes).Should().BeTrue();
        output.Dropped.Should().Be(2 * bytes.Length - 256 * 1024, "a quarter of what was received is kept");
    }

    [Test]
    public async Task Two_hundred_processes_at_once_lose_nothing(CancellationToken token)
    {
        var runs = Enumerable.Range(0, 200).Select(async number =>
        {
            var process = await _bench.StartAsync($"head -c 1000000 /dev/zero; exit {number % 100}", token);
            var bytes = 0L;
            await foreach (var piece in process.ReadOutputAsync(-1, token)) bytes += piece.Data.Length + piece.DroppedBytes * 1_000_000_000;
            return (bytes, (await process.Ended).ExitCode);
        });

        var ends = await Task.WhenAll(runs);

        ends.Select(end => end.bytes).Should().OnlyContain(bytes => bytes == 1_000_000);
        ends.Select(end => end.ExitCode).Should().Equal(Enumerable.Range(0, 200).Select(number => number % 100));
    }

    [Test]
    public async Task Slow_reader_makes_the_process_wait(CancellationToken token)
    {
        _bench.Folder.Run("mkfifo progress");
        using var progress = new FileStream(_bench.Folder.PathOf("progress"), FileMode.Open, FileAccess.ReadWrite);
        var process = await _bench.StartAsync("head -c 64000000 /dev/zero; echo done > progress", token);
        await using var reader = new OutputCursor(process, token);
        (await reader.MoveNextAsync()).Should().BeTrue();

        var line = new StreamReader(progress).ReadLineAsync(token);
        await WaitUntilBlockedAsync(process, token);
        line.IsCompleted.Should().BeFalse("most of the output has no room");
        process.Journal.KeptBytes.Should().BeLessThan(1024 * 1024 + 128 * 1024);

        var bytes = (long)reader.Current.Data.Length;
        while (await reader.MoveNextAsync()) bytes += reader.Current.Data.Length;
        bytes.Should().Be(64_000_000);
        (await line).Should().Be("done");
    }

    [Test]
    public async Task Slowest_of_several_readers_counts_and_all_get_everything(CancellationToken token)
    {
        var process = await _bench.StartAsync("head -c 8000000 /dev/zero", token);
        await using var slow = new OutputCursor(process, token);
        await slow.MoveNextAsync();
        var fast = ProcessBench.ReadToEndAsync(process, token, after: 0);
        await WaitUntilBlockedAsync(process, token);
        fast.IsCompleted.Should().BeFalse();

        var bytes = slow.Current.Data.Length;
        while (await slow.MoveNextAsync()) bytes += slow.Current.Data.Length;

        bytes.Should().Be(8_000_000);
        (await fast).Should().BeEquivalentTo(new { OutputBytes = new { Length = 8_000_000 }, Dropped = 0L });
    }

    [Test]
    public async Task Reader_that_leaves_lets_the_process_go_on(CancellationToken token)
    {
        var process = await _bench.StartAsync("head -c 8000000 /dev/zero; echo end", token);
        await using (var reader = new OutputCursor(process, token)) await reader.MoveNextAsync();

        (await process.Ended.WaitAsync(token)).ExitCode.Should().Be(0);

        var rest = await ProcessBench.ReadToEndAsync(process, token);
        rest.OutputBytes.Should().HaveCount(1024 * 1024);
        rest.Output.Should().EndWith("\0end\n");
        rest.Dropped.Should().Be(8_000_004 - 1024 * 1024, "the piece was not dealt with");
    }

    [Test]
    public async Task Process_without_a_reader_waits_for_the_first_one_for_a_second(CancellationToken token)
    {
        var time = new KernelGateway.Testing.Time.ManualTimeProvider();
        await using var bench = new ProcessBench(new SandboxProcessesOptions { TimeProvider = time });
        var process = await bench.StartAsync("head -c 3000000 /dev/zero", token);
        await WaitUntilBlockedAsync(process, token);
        var other = await bench.StartAsync("head -c 3000000 /dev/zero", token);
        await WaitUntilBlockedAsync(other, token);

        (await ProcessBench.ReadToEndAsync(process, token)).OutputBytes.Should().HaveCount(3_000_000);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1), token);
        time.Advance(TimeSpan.FromSeconds(1));

        await other.Ended.WaitAsync(token);
        (await ProcessBench.ReadToEndAsync(other, token)).Dropped.Should().Be(3_000_000 - 1024 * 1024);
    }

    [Test]
    public async Task Stream_that_is_reattached_keeps_delivering(CancellationToken token)
    {
        var process = await _bench.StartAsync("while read line; do echo \"answer $line\"; done", token, options => options with { HasInput = true });
        for (var connection = 0; connection < 20; connection++)
        {
            await using var reader = new OutputCursor(process, token);
            for (var round = 0; round < 50; round++)
            {
                var number = (connection * 50 + round).ToString(CultureInfo.InvariantCulture);
                await ProcessBench.WriteAsync(process, number + "\n", token);
                (await reader.ReadUntilAsync("\n")).Should().Be($"answer {number}\n");
            }
        }
    }

    [Test]
    public async Task What_came_while_nobody_read_comes_first_and_once(CancellationToken token)
    {
        var process = await _bench.StartAsync("while read line; do echo $line; done", token, options => options with { HasInput = true });
        await using (var first = new OutputCursor(process, token))
        {
            await ProcessBench.WriteAsync(process, "one\n", token);
            await first.ReadUntilAsync("one\n");
            // It asks for more, so it has received the first line.
            var more = first.MoveNextAsync();
            await ProcessBench.WriteAsync(process, "two\n", token);
            await more;
        }

        await ProcessBench.WriteAsync(process, "three\n", token);
        await process.CloseInputAsync();
        var rest = await ProcessBench.ReadToEndAsync(process, token);

        rest.Output.Should().Be("two\nthree\n", "the first reader left while it had the second line in its hands");
        (await ProcessBench.ReadToEndAsync(process, token)).OutputBytes.Should().BeEmpty();
        (await ProcessBench.ReadToEndAsync(process, token, after: 4)).Output.Should().Be("two\nthree\n");
        (await ProcessBench.ReadToEndAsync(process, token, after: 0)).Output.Should().Be("one\ntwo\nthree\n");
        (await ProcessBench.ReadToEndAsync(process, token, after: 999)).OutputBytes.Should().BeEmpty();
    }

    [Test]
    public async Task Reader_of_the_present_gets_nothing_of_the_past(CancellationToken token)
    {
        var process = await _bench.StartAsync("echo past; read line; echo $line", token, options => options with { HasInput = true });
        await using (var first = new OutputCursor(process, token)) await first.ReadUntilAsync("past\n");
        await using var reader = new OutputCursor(process, token, after: null);
        var next = reader.MoveNextAsync();

        await ProcessBench.WriteAsync(process, "present\n", token);

        (await next).Should().BeTrue();
        Encoding.UTF8.GetString(reader.Current.Data.Span).Should().Be("present\n");
        reader.Current.Position.Should().Be(5);
    }

    [Test]
    public async Task Position_before_the_output_is_refused(CancellationToken token)
    {
        var process = await _bench.StartAsync("true", token);

        process.Invoking(self => self.ReadOutputAsync(-2, token)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public async Task Reading_that_is_cancelled_ends_and_the_process_does_not(CancellationToken token)
    {
        var process = await _bench.StartAsync("read line; echo $line", token, options => options with { HasInput = true });
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
        var reading = ProcessBench.ReadToEndAsync(process, cancellation.Token);

        await cancellation.CancelAsync();

        await reading.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        await ProcessBench.WriteAsync(process, "still here\n", token);
        (await ProcessBench.ReadToEndAsync(process, token)).Output.Should().Be("still here\n");
    }

    // A process that writes into a full pipe sleeps in the kernel; its state is S and its journal is full.
    private static async Task WaitUntilBlockedAsync(SandboxProcess process, CancellationToken token)
    {
        while (!process.Journal.IsFull)
        {
            token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
