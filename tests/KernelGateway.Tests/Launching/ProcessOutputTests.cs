using System.Text;
using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

[Platform("Linux")]
public class ProcessOutputTests
{
    private const int TailBytes = 8 * 1024;

    [Test, CancelAfter(30_000)]
    public async Task Last_words_are_there_when_the_exit_is_seen(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(
            LaunchBench.Shell("echo out; echo 'dying: größer' >&2; exit 1"), cancellationToken);

        await process.Exited.WaitAsync(cancellationToken);

        process.StandardErrorTail.Should().Be("dying: größer\n");
        process.StandardOutputTail.Should().Be("out\n");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_flood_never_blocks_the_kernel_and_only_its_end_is_kept(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        const string Flood = "head -c 30000000 /dev/zero | tr '\\0' x";
        await using var process = await bench.LaunchAsync(
            LaunchBench.Shell($"{Flood} >&2; echo END >&2; {Flood}; echo FIN; exit 4"), cancellationToken);

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(4, null), "a full pipe would have blocked the process");

        process.StandardErrorTail.Should().HaveLength(TailBytes).And.EndWith("xEND\n");
        process.StandardOutputTail.Should().HaveLength(TailBytes).And.EndWith("xFIN\n");
    }

    [Test, CancelAfter(30_000)]
    public async Task A_tail_cut_inside_a_character_begins_with_a_whole_one(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(
            LaunchBench.PythonScript("import sys; sys.stderr.buffer.write(('\\u20ac' * 5000 + 'e').encode())"), cancellationToken);

        await process.Exited.WaitAsync(cancellationToken);

        process.StandardErrorTail.Should().MatchRegex("^\u20ac+e$");
        Encoding.UTF8.GetByteCount(process.StandardErrorTail).Should().BeInRange(TailBytes - 2, TailBytes);
    }

    [Test, CancelAfter(30_000)]
    public async Task A_kernel_that_closes_its_output_continues(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();
        await using var process = await bench.LaunchAsync(
            LaunchBench.Shell("echo last >&2; exec >&- 2>&-; echo closed > \"$FIFO\"; exec sleep 1000"), cancellationToken, ("FIFO", fifo.Path));

        await fifo.ReadLineAsync(cancellationToken);
        process.Terminate().Should().BeTrue();

        (await process.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(null, 15));
        process.StandardErrorTail.Should().Be("last\n");
    }

    [Test, CancelAfter(30_000)]
    public async Task Code_that_reads_from_its_own_output_does_not_stop_other_kernels(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        // The kernel's end of the pipe is also open for reading, so its code can take bytes just before the gateway reads them.
        await using var thief = await bench.LaunchAsync(
            LaunchBench.PythonScript(
                """
                import os, threading
                def write():
                    while True: os.write(1, b"x")
                threading.Thread(target=write, daemon=True).start()
                while True: os.read(1, 65536)
                """),
            cancellationToken);

        for (var i = 0; i < 20; i++)
        {
            await using var other = await bench.LaunchAsync(LaunchBench.Shell("echo seen >&2; exit 6"), cancellationToken);
            (await other.Exited.WaitAsync(cancellationToken)).Should().Be(new KernelExit(6, null));
            other.StandardErrorTail.Should().Be("seen\n");
        }
    }
}
