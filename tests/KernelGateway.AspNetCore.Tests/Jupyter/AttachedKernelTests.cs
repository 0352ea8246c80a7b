using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing.Scripting;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

/// <summary>Kernels that were not started by the gateway.</summary>
public class AttachedKernelTests
{
    private const int TestTimeout = 60_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase("echo", "echo")]
    [TestCase("Echo", "echo")]
    [TestCase("cobol", "cobol")]
    [CancelAfter(TestTimeout)]
    public async Task Name_is_the_kernelspec_for_its_language_else_the_language(string language, string name, CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(
            new() { Transport = KernelTransport.Tcp, Language = language }, cancellationToken);
        await using var server = await GatewayServer.StartAsync();
        await AttachAsync(server, kernel, cancellationToken);

        var kernels = await server.Client.GetTokenAsync("/api/kernels", cancellationToken);

        kernels.Should().ContainSingle().Which["name"]!.Value<string>().Should().Be(name);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Restart_is_409_and_deletion_lets_the_kernel_go(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = KernelTransport.Tcp }, cancellationToken);
        await using var server = await GatewayServer.StartAsync();
        var id = await AttachAsync(server, kernel, cancellationToken);

        using var restart = await server.Client.PostJsonAsync($"/api/kernels/{id}/restart", new JObject(), cancellationToken);
        using var interrupt = await server.Client.PostJsonAsync($"/api/kernels/{id}/interrupt", new JObject(), cancellationToken);
        using var deleted = await server.Client.DeleteAsync($"/api/kernels/{id}", cancellationToken);

        (await restart.ErrorAsync(HttpStatusCode.Conflict, "Conflict", cancellationToken)).Should().Contain(id);
        interrupt.StatusCode.Should().Be(HttpStatusCode.NoContent);
        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        kernel.Stopped.IsCompleted.Should().BeFalse("the gateway does not end attached kernels");
    }

    private async Task<string> AttachAsync(GatewayServer server, ScriptedKernel kernel, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_directory, "kernel-1.json");
        await kernel.WriteConnectionFileAsync(path, cancellationToken);
        return (await server.Gateway.Contexts.AttachAsync(path, cancellationToken: cancellationToken)).Id;
    }
}
