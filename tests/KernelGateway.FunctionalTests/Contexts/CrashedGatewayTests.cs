using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Contexts;

[RequiresKernel]
public sealed class CrashedGatewayTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Contexts_of_a_gateway_that_crashed_go_on_in_the_next_one_under_their_ids(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("crash-");
        var settings = new Dictionary<string, string> { ["KERNELGATEWAY__LAUNCHING__RUNDIRECTORYROOT"] = root.FullName };
        try
        {
            string id, pid;
            await using (var first = await ServerProcess.StartAsync(settings, cancellationToken, "--auth", "none", "--warm", "none"))
            {
                using var client = new HttpClient { BaseAddress = first.Url };
                var created = await client.PostAsJsonAsync("/contexts", new { language = "python" }, cancellationToken);
                id = (string)JObject.Parse(await created.Content.ReadAsStringAsync(cancellationToken))["id"]!;
                pid = await client.RunCellAsync(id, "import os; x = 'kept'; print(os.getpid())", cancellationToken);
                await first.CrashAsync(cancellationToken);
            }

            await using (var second = await ServerProcess.StartAsync(settings, cancellationToken, "--auth", "none", "--warm", "none"))
            {
                using var client = new HttpClient { BaseAddress = second.Url };

                (await client.RunCellAsync(id, "print(x)", cancellationToken)).Should().Be("kept");
                (await client.RunCellAsync(id, "import os; print(os.getpid())", cancellationToken)).Should().Be(pid);
            }

            ProcessTable.IsRunning(pid).Should().BeFalse("the second gateway had adopted the kernel and has stopped");
            Directory.GetFileSystemEntries(root.FullName, "*", SearchOption.AllDirectories).Should().BeEmpty();
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Of_kernels_kept_ready_only_those_that_were_taken_go_on_in_the_next_gateway(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("crash-");
        var settings = new Dictionary<string, string> { ["KERNELGATEWAY__LAUNCHING__RUNDIRECTORYROOT"] = root.FullName };
        string[] arguments = ["--auth", "none", "--warm", "none", "--log-level", "debug"];
        try
        {
            string id, pid, untaken;
            await using (var first = await ServerProcess.StartAsync(settings, cancellationToken, [.. arguments, "--prespawn", "1"]))
            {
                using var client = new HttpClient { BaseAddress = first.Url };
                await first.Lines.WaitForAsync(line => line.Contains("[4031]"), cancellationToken);
                var created = await client.PostAsJsonAsync("/contexts", new { language = "python" }, cancellationToken);
                id = (string)JObject.Parse(await created.Content.ReadAsStringAsync(cancellationToken))["id"]!;
                pid = await client.RunCellAsync(id, "import os; x = 'kept'; print(os.getpid())", cancellationToken);
                await first.Lines.WaitForAsync(line => line.Contains("[4031]"), 2, cancellationToken);
                var ready = await first.Lines.WaitForAsync(line => line.Contains("[3121]") && !line.Contains(id), cancellationToken);
                untaken = ready[(ready.LastIndexOf(' ') + 1)..].TrimEnd('.');
                await first.CrashAsync(cancellationToken);
            }

            ProcessTable.IsRunning(untaken).Should().BeTrue("no gateway has ended the kernel yet");
            await using (var second = await ServerProcess.StartAsync(settings, cancellationToken, arguments))
            {
                using var client = new HttpClient { BaseAddress = second.Url };

                JArray.Parse(await client.GetStringAsync("/contexts", cancellationToken)).Select(context => (string?)context["id"]).Should().Equal(id);
                (await client.RunCellAsync(id, "print(x)", cancellationToken)).Should().Be("kept");
                ProcessTable.IsRunning(untaken).Should().BeFalse("the kernel belonged to no context");
            }

            ProcessTable.IsRunning(pid).Should().BeFalse("the second gateway had adopted the kernel and has stopped");
            Directory.GetFileSystemEntries(root.FullName, "*", SearchOption.AllDirectories).Should().BeEmpty();
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
