using FluentAssertions;
using KernelGateway.Launching;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

/// <summary>Settings that a program reads from a file whose name is in an environment variable.</summary>
[Platform("Linux")]
public sealed class FileVariableTests
{
    private static readonly KernelLaunch Telling =
        LaunchBench.Launch(LaunchBench.Shell("cat \"$INPUTRC\" > \"$FIFO\"; echo \"$INPUTRC\" > \"$FIFO\"; exec sleep 1000")) with
        {
            FileVariables = new Dictionary<string, string> { ["INPUTRC"] = "set bell-style none\n" },
        };

    [Test, CancelAfter(30_000)]
    public async Task File_is_there_when_the_process_starts_private_and_gone_with_it(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        using var fifo = bench.CreateFifo();

        await using var process = await bench.Provisioner.LaunchAsync(With(Telling, fifo), cancellationToken);

        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("set bell-style none");
        var path = await fifo.ReadLineAsync(cancellationToken);
        Path.GetDirectoryName(path).Should().Be(Path.GetDirectoryName(process.ConnectionFilePath));
        File.Exists(path).Should().BeTrue();
        await process.DisposeAsync();
        File.Exists(path).Should().BeFalse();
    }

    [Test, CancelAfter(30_000)]
    public async Task Inherited_variable_wins(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench(options =>
        {
            options.InheritedEnvironment.Add("INPUTRC");
            options.GetEnvironment = () => new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["INPUTRC"] = "/dev/null" };
        });
        using var fifo = bench.CreateFifo();

        await using var process = await bench.Provisioner.LaunchAsync(With(Telling, fifo), cancellationToken);

        (await fifo.ReadLineAsync(cancellationToken)).Should().Be("/dev/null");
    }

    private static KernelLaunch With(KernelLaunch launch, Fifo fifo) =>
        launch with { Environment = new Dictionary<string, string> { ["FIFO"] = fifo.Path } };
}
