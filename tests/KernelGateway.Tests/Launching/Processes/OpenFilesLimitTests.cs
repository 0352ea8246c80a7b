using FluentAssertions;
using KernelGateway.Launching.Native;
using KernelGateway.Launching.Processes;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Processes;

public sealed class OpenFilesLimitTests
{
    private static readonly string[] Limits =
    [
        "Limit                     Soft Limit           Hard Limit           Units     ",
        "Max processes             unlimited            unlimited            processes ",
        "Max open files            1024                 524288               files     ",
    ];

    [Test]
    public void Limits_of_a_process_are_read()
    {
        OpenFilesLimit.Parse(Limits).Should().Be((1024L, 524288L));
        OpenFilesLimit.Parse(["Max open files            unlimited            unlimited            files"]).Should().Be((long.MaxValue, long.MaxValue));
        OpenFilesLimit.Parse([]).Should().BeNull();
    }

    [Test]
    public void Parent_with_the_same_hard_limit_gives_the_soft_limit_of_the_start()
    {
        OpenFilesLimit.Conclude((20000, 20000), (512, 20000)).Should().Be(512);
        OpenFilesLimit.Conclude((20000, 20000), (20000, 20000)).Should().Be(20000);
    }

    [Test]
    public void Parent_with_another_hard_limit_does_not()
    {
        OpenFilesLimit.Conclude((20000, 20000), (1024, 1048576)).Should().Be(1024);
        OpenFilesLimit.Conclude((256, 256), (20000, 20000)).Should().Be(256);
        OpenFilesLimit.Conclude((20000, 20000), parent: null).Should().Be(1024);
    }

    [TestCase(700), TestCase(140)]
    [Platform("Linux"), CancelAfter(30_000), NonParallelizable]
    public async Task Kernel_has_the_limit_and_the_gateway_keeps_its_own(int limit, CancellationToken cancellationToken)
    {
        // The second limit is so low that it is set on the process itself.
        var own = File.ReadAllLines("/proc/self/limits");
        await using var bench = new LaunchBench(options => options.OpenFilesLimit = limit);
        using var fifo = bench.CreateFifo();
        using var go = bench.CreateFifo();

        await using var process = await bench.LaunchAsync(
            LaunchBench.Shell("read line < \"$GO\"; ulimit -Sn > \"$FIFO\"; exec sleep 1000"), cancellationToken, ("FIFO", fifo.Path), ("GO", go.Path));
        await go.WriteLineAsync("go", cancellationToken);

        (await fifo.ReadLineAsync(cancellationToken)).Should().Be($"{limit}");
        File.ReadAllLines("/proc/self/limits").Should().Equal(own);
    }

    [Test, Platform("Linux")]
    public void Descriptors_are_moved_above_those_of_the_standard_streams()
    {
        using var duplicate = LibC.DuplicateAboveStandardStreams(0);

        ((int)duplicate.DangerousGetHandle()).Should().BeGreaterThan(2);
    }
}
