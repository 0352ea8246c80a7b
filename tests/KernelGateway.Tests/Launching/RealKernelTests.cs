using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Protocol.Connection;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

/// <summary>Debian's ipykernel, asked by Jupyter's own client through the connection file.</summary>
[Platform("Linux")]
[Category("RequiresKernel")]
public class RealKernelTests
{
    private const string Client =
        """
        import sys
        from jupyter_client import BlockingKernelClient
        client = BlockingKernelClient(connection_file=sys.argv[1])
        client.load_connection_file()
        # Without the heartbeat, whose first silence the client takes for the death of a kernel that is only starting.
        client.start_channels(hb=False)
        client.wait_for_ready(timeout=50)
        client.execute_interactive("print(6 * 7)", timeout=50)
        """;

    [TestCase(KernelTransport.Tcp), TestCase(KernelTransport.Ipc), CancelAfter(90_000)]
    public async Task Launched_kernels_serve_clients_that_have_their_connection_files(KernelTransport transport, CancellationToken cancellationToken)
    {
        var spec = await FindKernelAsync(cancellationToken);
        await using var bench = new LaunchBench();
        if (transport == KernelTransport.Ipc) bench.Options.IpcKernels.Add(spec.Name);
        await using var first = await bench.LaunchAsync(spec, cancellationToken);
        await using var second = await bench.LaunchAsync(spec, cancellationToken);

        var answers = await Task.WhenAll(AskAsync(bench, first, cancellationToken), AskAsync(bench, second, cancellationToken));

        answers.Should().Equal("42\n", "42\n");
        first.ConnectionInfo.Transport.Should().Be(transport);
        second.ConnectionInfo.Should().NotBe(first.ConnectionInfo);
    }

    [Test, CancelAfter(90_000)]
    public async Task Kernel_whose_module_is_missing_says_so_before_it_ends(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        var spec = LaunchBench.Spec(LaunchBench.Python, "-m", "no_such_kernel_module", "{connection_file}");

        await using var process = await bench.LaunchAsync(spec, cancellationToken);
        var exit = await process.Exited.WaitAsync(cancellationToken);

        KernelLaunchException.ExitedEarly(spec.Name, exit, process.StandardErrorTail).Message.Should()
            .ContainAll("exit code 1", "No module named no_such_kernel_module", nameof(LaunchOptions.PythonInterpreter));
    }

    private static async Task<KernelSpec> FindKernelAsync(CancellationToken cancellationToken)
    {
        var specs = await new KernelSpecCatalog().ListAsync(cancellationToken);
        var spec = specs.FirstOrDefault(candidate => candidate.Name == "python3");
        if (spec is null) Assert.Ignore("No python3 kernelspec is installed (Debian: python3-ipykernel).");
        return spec!;
    }

    private static async Task<string> AskAsync(LaunchBench bench, IKernelProcess kernel, CancellationToken cancellationToken)
    {
        // The client is started as a kernel would be: that is what is at hand here.
        await using var client = await bench.LaunchAsync(
            LaunchBench.Spec(LaunchBench.Python, "-c", Client, kernel.ConnectionFilePath), cancellationToken);
        var exit = await client.Exited.WaitAsync(cancellationToken);
        exit.Should().Be(new KernelExit(0, null), client.StandardErrorTail + kernel.StandardErrorTail);
        return client.StandardOutputTail;
    }
}
