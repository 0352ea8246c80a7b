using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Envd;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Hosting;

/// <summary>The files, commands and terminals of a gateway in C#.</summary>
[Platform("Linux")]
[CancelAfter(60_000)]
public sealed class InProcessServicesTests
{
    [Test]
    public async Task Gateway_without_http_has_files_commands_and_terminals(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("in-process-").FullName;
        try
        {
            var options = new KernelGatewayOptions { DefaultWorkingDirectory = folder };
            options.Launching.Variables["GIVEN"] = "to kernels";
            await using var gateway = await Gateway.StartAsync(options, cancellationToken);

            await gateway.Files.WriteAsync(
                Path.Combine(folder, "a.txt"), new MemoryStream("hello"u8.ToArray()), cancellationToken: cancellationToken);
            var result = await gateway.Commands.RunAsync("cat a.txt; echo \" $GIVEN\"", cancellationToken);
            var terminal = await gateway.Terminals.StartAsync(
                new ProcessStartOptions { Command = "cat", Terminal = new TerminalSize(80, 24) }, cancellationToken);

            result.Output.Should().Be("hello to kernels\n");
            gateway.Terminals.List().Should().Equal(terminal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task No_process_is_left_when_the_gateway_is_disposed(CancellationToken cancellationToken)
    {
        var gateway = await Gateway.StartAsync(cancellationToken: cancellationToken);
        var command = await gateway.Commands.StartAsync(new() { Command = "sleep", Arguments = ["1000"] }, cancellationToken);
        var terminal = await gateway.Terminals.StartAsync(new ProcessStartOptions { Command = "cat" }, cancellationToken);

        await gateway.DisposeAsync();

        (await command.Ended.WaitAsync(cancellationToken)).Signal.Should().Be(9);
        (await terminal.Ended.WaitAsync(cancellationToken)).Signal.Should().Be(9);
        gateway.Invoking(self => self.Commands).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task Gateway_that_is_disposed_attaches_nothing(CancellationToken cancellationToken)
    {
        var gateway = await Gateway.StartAsync(cancellationToken: cancellationToken);

        await gateway.DisposeAsync();

        gateway.Invoking(self => self.Commands).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task Application_has_the_commands_of_the_routes(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var body = new JObject { ["process"] = new JObject { ["cmd"] = "cat" } };
        using var stream = await server.StreamAsync("/process.Process/Start", body, cancellationToken);
        var id = (int)(await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"]!;

        var gateway = server.Gateway.Gateway;
        var process = gateway.Commands.List().Should().ContainSingle().Which;
        var started = await gateway.Commands.RunAsync("pwd", cancellationToken);

        process.ProcessId.Should().Be(id);
        started.Output.Should().Be($"{server.Folder}\n");
        await process.WriteInputAsync(Encoding.UTF8.GetBytes("from C#"), cancellationToken);
        ((string)(await stream.ReadAsync(cancellationToken))["event"]!["data"]!["stdout"]!).Should().Be("ZnJvbSBDIw==");
    }
}
