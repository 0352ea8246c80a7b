using FluentAssertions;
using KernelGateway.SandboxServices.Processes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Processes;

/// <summary>Standard input as a pipe.</summary>
[CancelAfter(60_000)]
public sealed class ProcessInputTests : IAsyncDisposable
{
    private readonly ProcessBench _bench = new();

    [Test]
    public async Task Input_arrives_in_the_order_of_the_calls_and_ends(CancellationToken token)
    {
        var process = await StartAsync("cat", token);

        await ProcessBench.WriteAsync(process, "one ", token);
        await process.WriteInputAsync(ReadOnlyMemory<byte>.Empty, token);
        await ProcessBench.WriteAsync(process, "two", token);
        await process.CloseInputAsync().WaitAsync(token);
        await process.CloseInputAsync().WaitAsync(token);

        (await ProcessBench.ReadToEndAsync(process, token)).Output.Should().Be("one two");
    }

    [Test]
    public async Task Large_input_waits_for_the_process_and_is_closed_after_it(CancellationToken token)
    {
        var process = await StartAsync("read line; cat | sha256sum", token);
        var bytes = new byte[5_000_000];
        new Random(1).NextBytes(bytes);
        var writing = process.WriteInputAsync(bytes, token);
        var closing = process.CloseInputAsync();
        await using var reader = new OutputCursor(process, token);

        // The first write is already queued, so its first line is what "read" takes.
        var hash = await reader.ReadUntilAsync("-");
        await writing.WaitAsync(token);
        await closing.WaitAsync(token);

        var rest = bytes[(Array.IndexOf(bytes, (byte)'\n') + 1)..];
        hash.Should().Contain(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(rest)));
    }

    [Test]
    public async Task Write_that_is_cancelled_before_it_begins_leaves_nothing(CancellationToken token)
    {
        var process = await StartAsync("read line < go; cat | wc -c", token, makesFifo: true);
        var first = process.WriteInputAsync(new byte[1_000_000], token);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
        var second = process.WriteInputAsync(new byte[1_000_000], cancellation.Token);

        await cancellation.CancelAsync();

        await second.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        _bench.Folder.Run("echo > go");
        await first.WaitAsync(token);
        await process.CloseInputAsync().WaitAsync(token);
        (await ProcessBench.ReadToEndAsync(process, token)).Output.Trim().Should().Be("1000000");
    }

    [Test]
    public async Task Write_that_is_cancelled_in_the_middle_stays_whole_and_its_memory_is_free(CancellationToken token)
    {
        var process = await StartAsync("read line < go; cat | tr -d x | wc -c", token, makesFifo: true);
        var bytes = new byte[1_000_000];
        Array.Fill(bytes, (byte)'x');
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
        var writing = process.WriteInputAsync(bytes, cancellation.Token);
        await cancellation.CancelAsync();
        await writing.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();

        Array.Fill(bytes, (byte)'y');

        _bench.Folder.Run("echo > go");
        await process.CloseInputAsync().WaitAsync(token);
        (await ProcessBench.ReadToEndAsync(process, token)).Output.Trim().Should().Be("0");
    }

    [Test]
    public async Task Closed_input_takes_nothing(CancellationToken token)
    {
        var process = await StartAsync("exec sleep 1000", token);
        await process.CloseInputAsync().WaitAsync(token);

        (await ReasonOfAsync(process, token)).Should().Be(ProcessErrorReason.InputClosed);
    }

    [Test]
    public async Task Process_without_input_takes_nothing(CancellationToken token)
    {
        var process = await _bench.StartAsync("exec sleep 1000", token);

        (await ReasonOfAsync(process, token)).Should().Be(ProcessErrorReason.InputClosed);
        await process.CloseInputAsync().WaitAsync(token);
    }

    [Test]
    public async Task Process_that_closed_its_input_takes_nothing(CancellationToken token)
    {
        var process = await StartAsync("exec 0<&-; echo closed; exec sleep 1000", token);
        await using var reader = new OutputCursor(process, token);
        await reader.ReadUntilAsync("closed\n");

        (await ReasonOfAsync(process, token)).Should().Be(ProcessErrorReason.InputClosed);
    }

    [Test]
    public async Task Write_that_waits_fails_when_the_process_ends(CancellationToken token)
    {
        var process = await StartAsync("exec sleep 1000", token);
        var writing = process.WriteInputAsync(new byte[1_000_000], token);

        process.Signal(9);

        // The pipe can be seen to be closed before the process is seen to have ended.
        (await writing.Invoking(task => task).Should().ThrowAsync<SandboxProcessException>())
            .Which.Reason.Should().BeOneOf(ProcessErrorReason.Ended, ProcessErrorReason.InputClosed);
        await process.Ended.WaitAsync(token);
        (await ReasonOfAsync(process, token)).Should().Be(ProcessErrorReason.Ended);
        await process.CloseInputAsync().WaitAsync(token);
    }

    private async Task<SandboxProcess> StartAsync(string script, CancellationToken token, bool makesFifo = false)
    {
        if (makesFifo) _bench.Folder.Run("mkfifo go");
        return await _bench.StartAsync(script, token, options => options with { HasInput = true });
    }

    private static async Task<ProcessErrorReason> ReasonOfAsync(SandboxProcess process, CancellationToken token) =>
        (await process.Invoking(self => ProcessBench.WriteAsync(self, "x", token)).Should().ThrowAsync<SandboxProcessException>()).Which.Reason;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
