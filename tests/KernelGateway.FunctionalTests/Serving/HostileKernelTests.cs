using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using KernelGateway.Protocol;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary>What an empty command of a kernel does to the process of the gateway. It is the reason not to use NetMQ with hostile kernels.</summary>
[CancelAfter(120_000)]
public sealed class HostileKernelTests
{
    private readonly DirectoryInfo _connections = Directory.CreateTempSubdirectory("hostile-");

    [TearDown]
    public void DeleteDirectory() => _connections.Delete(recursive: true);

    [Test]
    public async Task The_gateways_own_transport_survives_an_empty_command(CancellationToken cancellationToken)
    {
        await using var kernel = new HostileKernel();
        await kernel.WriteConnectionFileAsync(Path.Combine(_connections.FullName, "kernel.json"), cancellationToken);
        await using var server = await StartAsync("zmtp", cancellationToken);
        using var client = new HttpClient { BaseAddress = server.Url };

        await kernel.Attacked.WaitForAsync(channel => channel == KernelChannel.IOPub, cancellationToken);
        await kernel.Survived.WaitForAsync(channel => channel == KernelChannel.Shell, cancellationToken);

        (await client.GetStringAsync("/health", cancellationToken)).Should().Be("\"OK\"");
        (await client.GetStringAsync("/contexts", cancellationToken)).Should().Be("[]");
    }

    [Test]
    public async Task An_empty_command_ends_a_process_that_uses_NetMQ(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync("netmq", cancellationToken);
        await using var kernel = new HostileKernel();
        await kernel.WriteConnectionFileAsync(Path.Combine(_connections.FullName, "kernel.json"), cancellationToken);

        var exitCode = await server.WaitForExitAsync(cancellationToken);

        exitCode.Should().NotBe(0, "an exception on a thread of NetMQ ends the process");
        server.Output.Should().Contain("Unhandled exception").And.Contain("NetMQ.Core");
    }

    private Task<ServerProcess> StartAsync(string transport, CancellationToken cancellationToken) => ServerProcess.StartAsync(
        cancellationToken, "--warm", "none", "--auth", "none", "--transport", transport, "--connection-dir", _connections.FullName);
}
