using FluentAssertions;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.Processes;

public sealed class KernelLimitTests
{
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
}
