using FluentAssertions;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Processes.Monitoring;
using KernelGateway.Protocol.Connection;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching;

/// <summary>Debian's ipykernel, used by Jupyter's own client through the connection file.</summary>
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
        client.execute_interactive(sys.argv[2], timeout=50)
        """;

    [TestCase(KernelTransport.Tcp), TestCase(KernelTransport.Ipc), CancelAfter(90_000)]
    public async Task Launched_kernels_serve_clients_that_have_their_connection_files(KernelTransport transport, CancellationToken cancellationToken)
    {
        var spec = await FindKernelAsync(cancellationToken);
        await using var bench = new LaunchBench();
        if (transport == KernelTransport.Ipc) bench.Options.IpcKernels.Add(spec.Name);
        await using var first = await bench.LaunchAsync(spec, cancellationToken);
        await using var second = await bench.LaunchAsync(spec, cancellationToken);

        var answers = await Task.WhenAll(
            AskAsync(bench, first, "print(6 * 7)", cancellationToken),
            AskAsync(bench, second, "print(6 * 7)", cancellationToken));

        answers.Should().Equal("42\n", "42\n");
        first.ConnectionInfo.Transport.Should().Be(transport);
        second.ConnectionInfo.Should().NotBe(first.ConnectionInfo);
    }

    [Test, CancelAfter(90_000)]
    public async Task Kernel_keeps_its_state_from_one_gateway_to_the_next(CancellationToken cancellationToken)
    {
        var spec = await FindKernelAsync(cancellationToken);
        await using var bench = new LaunchBench();
        int processId;
        await using (var former = new LocalKernelProvisioner(bench.Options))
        {
            var process = (IAdoptableKernelProcess)await former.LaunchAsync(LaunchBench.Launch(spec), cancellationToken);
            processId = process.ProcessId;
            await AskAsync(bench, process, "x = 6", cancellationToken);
            await process.LeaveRunningAsync();
        }

        var orphan = (await OrphanedKernel.FindAllAsync(bench.RunRoot, cancellationToken)).Should().ContainSingle().Which;
        var adopted = await orphan.AdoptAsync(bench.Options, cancellationToken: cancellationToken);

        (await AskAsync(bench, adopted!, "print(x * 7)", cancellationToken)).Should().Be("42\n");
        await adopted!.DisposeAsync();
        SpinWait.SpinUntil(() => ChildReaper.Reap(processId) is not null);
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

    private static async Task<string> AskAsync(LaunchBench bench, IKernelProcess kernel, string code, CancellationToken cancellationToken)
    {
        // The client is started through the provisioner, too, because that is the simplest way here to start a process.
        await using var client = await bench.LaunchAsync(
            LaunchBench.Spec(LaunchBench.Python, "-c", Client, kernel.ConnectionFilePath, code), cancellationToken);
        var exit = await client.Exited.WaitAsync(cancellationToken);
        exit.Should().Be(new KernelExit(0, null), client.StandardErrorTail + kernel.StandardErrorTail);
        return client.StandardOutputTail;
    }
}
