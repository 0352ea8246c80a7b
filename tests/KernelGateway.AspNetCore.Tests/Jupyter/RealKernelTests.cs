using System.Diagnostics;
using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter;

/// <summary>Behaviour that only a real kernel shows: ipykernel through Jupyter's API.</summary>
[Category("RequiresKernel")]
public class RealKernelTests
{
    private const int TestTimeout = 120_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_has_the_variables_and_the_directory_that_its_client_gave_it(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();

        var kernel = await server.Client.StartKernelAsync(cancellationToken, new JObject
        {
            ["name"] = "python3",
            ["env"] = new JObject { ["KERNEL_WORKING_DIR"] = _directory, ["KERNEL_USERNAME"] = "ada", ["SECRET"] = "x" },
        });
        var seen = await RunAsync(
            server, kernel.Id(), "import os; print(os.getcwd(), os.environ['KERNEL_USERNAME'], os.environ.get('SECRET'))", cancellationToken);

        seen.Should().Be($"{_directory} ada None\n");
        kernel["name"]!.Value<string>().Should().Be("python3");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Process_has_ended_when_the_deletion_is_answered(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        using var process = Process.GetProcessById(server.Gateway.Contexts.Get(id).Kernel.ProcessId!.Value);

        using var deleted = await server.Client.DeleteAsync($"/api/kernels/{id}", cancellationToken);

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        process.HasExited.Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Interrupt_stops_the_code_and_keeps_the_state_and_a_restart_loses_it(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartWithPythonAsync();
        var id = (await server.Client.StartKernelAsync(cancellationToken)).Id();
        await RunAsync(server, id, "kept = 41", cancellationToken);
        using var asleep = await server.Client.ExecuteAsync(
            "print('asleep', flush=True)\nimport time\ntime.sleep(300)", cancellationToken, new JObject { ["context_id"] = id });
        await asleep.ReadUntilAsync("stdout", cancellationToken);

        using var interrupted = await server.Client.PostJsonAsync($"/api/kernels/{id}/interrupt", new JObject(), cancellationToken);
        var end = await asleep.ReadUntilAsync("end_of_execution", cancellationToken);
        var kept = await RunAsync(server, id, "print(kept + 1)", cancellationToken);
        using var restarted = await server.Client.PostJsonAsync($"/api/kernels/{id}/restart", new JObject(), cancellationToken);
        var lost = await RunAsync(server, id, "print('kept' in globals())", cancellationToken);

        interrupted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        end["reason"]!.Value<string>().Should().Be("interrupted");
        kept.Should().Be("42\n");
        restarted.StatusCode.Should().Be(HttpStatusCode.OK);
        lost.Should().Be("False\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernel_that_cannot_start_has_its_exit_in_the_error(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "broken"));
        await File.WriteAllTextAsync(
            Path.Combine(_directory, "broken", "kernel.json"),
            """{"argv": ["/bin/sh", "-c", "echo no such library >&2; exit 7"], "display_name": "Broken", "language": "sh"}""",
            cancellationToken);
        await using var server = await GatewayServer.StartAsync(
            options => options.KernelSpecs.ExtraDirectories.Add(_directory), realKernels: true);

        using var response = await server.Client.PostJsonAsync("/api/kernels", new JObject { ["name"] = "broken" }, cancellationToken);

        (await response.ErrorAsync(HttpStatusCode.InternalServerError, "Internal Server Error", cancellationToken))
            .Should().Contain("7").And.Contain("no such library");
    }

    private static async Task<string> RunAsync(GatewayServer server, string id, string code, CancellationToken cancellationToken)
    {
        using var stream = await server.Client.ExecuteAsync(code, cancellationToken, new JObject { ["context_id"] = id });
        var lines = await stream.ReadAllAsync(cancellationToken);
        lines[^1]["reason"]!.Value<string>().Should().Be("completed");
        return string.Concat(lines.Where(line => (string?)line["type"] == "stdout").Select(line => (string?)line["text"]));
    }
}
