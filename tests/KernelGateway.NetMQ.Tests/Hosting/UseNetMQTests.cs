using FluentAssertions;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Logging;
using KernelGateway.Testing.Scripting;
using KernelGateway.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.NetMQ.Tests.Hosting;

[CancelAfter(60_000)]
public sealed class UseNetMQTests
{
    private const int Carried = 3141;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("netmq-");
    private readonly LogCollector _log = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Delete(recursive: true);

    [Test]
    public async Task A_gateway_without_a_container_runs_code_over_NetMQ(CancellationToken cancellationToken)
    {
        await using var gateway = await new GatewayBuilder { LoggerFactory = _log }.UseNetMQ().StartAsync(cancellationToken);

        await RunAsync(gateway, cancellationToken);
    }

    [Test]
    public async Task A_gateway_of_a_host_runs_code_over_NetMQ(CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_log);
        services.AddKernelGateway().UseNetMQ();
        await using var provider = services.BuildServiceProvider();
        var hosted = provider.GetRequiredService<IHostedService>();
        await hosted.StartAsync(cancellationToken);

        await RunAsync(provider.GetRequiredService<Gateway>(), cancellationToken);
        await hosted.StopAsync(cancellationToken);
    }

    [Test]
    public void The_last_transport_is_used()
    {
        var services = new ServiceCollection();

        services.AddKernelGateway().UseNetMQ().UseNetMQ();

        services.Where(service => service.ServiceType == typeof(IChannelTransport)).Should().ContainSingle()
            .Which.ImplementationType.Should().Be<NetMQTransport>();
    }

    [Test]
    public async Task Kernels_on_Unix_sockets_are_refused_at_the_start(CancellationToken cancellationToken)
    {
        var builder = new GatewayBuilder().UseNetMQ();
        builder.Options.Launching.IpcKernels.Add("python3");

        await FluentActions.Awaiting(() => builder.StartAsync(cancellationToken)).Should().ThrowAsync<OptionsValidationException>()
            .WithMessage("Launching.IpcKernels: NetMQ's ipc:// is loopback TCP by another name, and cannot reach a kernel's Unix socket.");
    }

    private async Task RunAsync(Gateway gateway, CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(
            new() { Transport = KernelTransport.Tcp, SendsWelcome = true }, cancellationToken);
        var file = Path.Combine(_directory.FullName, "kernel.json");
        await kernel.WriteConnectionFileAsync(file, cancellationToken);
        var context = await gateway.Contexts.AttachAsync(file, cancellationToken: cancellationToken);

        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        _log.Entries.Should().Contain(entry => entry.EventId.Id == Carried && entry.Message.Contains("NetMQ", StringComparison.Ordinal));
        await gateway.Contexts.RemoveAsync(context.Id);
    }
}
