using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Contexts;

[RequiresKernel]
public sealed class ConnectionDirectoryTests
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("connections-");

    [TearDown]
    public void RemoveDirectory() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(180_000)]
    public async Task Kernels_started_by_hand_are_contexts_of_the_command_while_they_live(CancellationToken cancellationToken)
    {
        var settings = new Dictionary<string, string> { ["KERNELGATEWAY__KERNELS__CONNECTIONLOSSGRACE"] = "00:00:00.5" };
        var (id, other) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        using var kernel = ForeignKernel.Start(FileOf(id));
        await using var server = await ServerProcess.StartAsync(
            settings, cancellationToken, "--warm", "none", "--auth", "none", "--connection-dir", _directory.FullName);
        using var client = new HttpClient { BaseAddress = server.Url };
        await server.Lines.WaitForAsync(line => line.Contains("[4051]") && line.Contains($"context {id} "), cancellationToken);

        // The first kernel was started before the server and is used through it. The second one is started later.
        (await client.RunCellAsync(id, "import os; print(os.getpid())", cancellationToken)).Should().Be($"{kernel.ProcessId}");
        using var second = ForeignKernel.Start(FileOf(other));
        await server.Lines.WaitForAsync(line => line.Contains("[4051]") && line.Contains($"context {other} "), cancellationToken);
        (await ListAsync(client, cancellationToken)).Should().BeEquivalentTo(id, other);

        await kernel.KillAsync(cancellationToken);
        await server.Lines.WaitForAsync(line => line.Contains(id) && line.Contains("[4052]"), cancellationToken);
        (await ListAsync(client, cancellationToken)).Should().Equal(other);
        using var gone = await client.PostAsJsonAsync("/execute", new { code = "1", context_id = id }, cancellationToken);
        gone.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await gone.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("heartbeat is silent");

        // The context is removed without ending the kernel. It is attached again only after its file was written again.
        using var removed = await client.DeleteAsync($"/contexts/{other}", cancellationToken);
        removed.StatusCode.Should().Be(HttpStatusCode.OK);
        await server.Lines.WaitForAsync(line => line.Contains(other) && line.Contains("[4053]"), cancellationToken);
        File.SetLastWriteTimeUtc(FileOf(other), DateTime.UtcNow.AddMinutes(1));
        await server.Lines.WaitForAsync(line => line.Contains("[4051]") && line.Contains($"context {other} "), 2, cancellationToken);
        (await client.RunCellAsync(other, "import os; print(os.getpid())", cancellationToken)).Should().Be($"{second.ProcessId}");
        await server.StopAsync(System.Runtime.InteropServices.PosixSignal.SIGTERM, cancellationToken);
        second.IsRunning.Should().BeTrue("the gateway does not end attached kernels");
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task A_kernel_that_another_program_restarts_keeps_its_id(CancellationToken cancellationToken)
    {
        var (id, other) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        using var kernel = ForeignKernel.Start(FileOf(id));
        using var successor = ForeignKernel.Start(FileOf(other));
        await using var server = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--auth", "none", "--connection-dir", _directory.FullName);
        using var client = new HttpClient { BaseAddress = server.Url };
        await server.Lines.WaitForAsync(line => line.Contains("[4051]") && line.Contains($"context {id} "), cancellationToken);
        await server.Lines.WaitForAsync(line => line.Contains("[4051]") && line.Contains($"context {other} "), cancellationToken);

        File.Move(FileOf(other), FileOf(id), overwrite: true);
        await server.Lines.WaitForAsync(line => line.Contains("[4054]") && line.Contains(id), cancellationToken);
        await server.Lines.WaitForAsync(line => line.Contains(other) && line.Contains("[4052]"), cancellationToken);

        (await client.RunCellAsync(id, "import os; print(os.getpid())", cancellationToken)).Should().Be($"{successor.ProcessId}");
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task A_kernel_that_its_owner_restarts_on_its_ports_keeps_its_id(CancellationToken cancellationToken)
    {
        // jupyter_client restarts in this way: the file is not changed.
        var settings = new Dictionary<string, string> { ["KERNELGATEWAY__KERNELS__CONNECTIONLOSSGRACE"] = "00:02:00" };
        var id = Guid.NewGuid().ToString();
        using var kernel = ForeignKernel.Start(FileOf(id));
        await using var server = await ServerProcess.StartAsync(
            settings, cancellationToken, "--warm", "none", "--auth", "none", "--connection-dir", _directory.FullName);
        using var client = new HttpClient { BaseAddress = server.Url };
        await server.Lines.WaitForAsync(line => line.Contains("[4051]") && line.Contains($"context {id} "), cancellationToken);
        var file = await File.ReadAllTextAsync(FileOf(id), cancellationToken);
        using var running = await client.SendAsync(
            new(HttpMethod.Post, "/execute") { Content = JsonContent.Create(new { code = "import time; time.sleep(600)", context_id = id }) },
            HttpCompletionOption.ResponseHeadersRead,
            cancellationToken);

        await kernel.KillAsync(cancellationToken);

        // ipykernel removes its file when it exits normally. When it is killed, the file stays.
        (await File.ReadAllTextAsync(FileOf(id), cancellationToken)).Should().Be(file);
        using var successor = ForeignKernel.Start(FileOf(id));

        (await running.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("\"reason\":\"restarted\"");
        (await client.RunCellAsync(id, "import os; print(os.getpid())", cancellationToken)).Should().Be($"{successor.ProcessId}");
    }

    private static async Task<string[]> ListAsync(HttpClient client, CancellationToken cancellationToken) =>
        [.. JArray.Parse(await client.GetStringAsync("/contexts", cancellationToken)).Select(context => (string)context["id"]!)];

    private string FileOf(string id) => Path.Combine(_directory.FullName, $"kernel-{id}.json");
}
