using System.Net.Http.Json;
using System.Runtime.InteropServices;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

[RequiresKernel]
public sealed class ServerStopTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task A_signal_stops_the_command_and_everything_it_started(
        [Values(PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP)] PosixSignal signal, CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("serve-");
        try
        {
            await using var server = await ServerProcess.StartAsync(
                cancellationToken, "--auth", "none", "--working-directory", root.FullName);
            using var client = new HttpClient { BaseAddress = server.Url };
            var response = await client.PostAsJsonAsync("/execute", new { code = "import os; print(os.getpid(), os.getcwd())" }, cancellationToken);
            var printed = string.Concat((await response.Content.ReadAsStringAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JObject.Parse(line)).Where(line => (string?)line["type"] == "stdout").Select(line => (string?)line["text"]));
            var (pid, directory) = (printed.Split(' ')[0], printed.Split(' ', 2)[1].TrimEnd('\n'));
            directory.Should().Be(root.FullName);

            (await server.StopAsync(signal, cancellationToken)).Should().Be(0);

            ProcessTable.IsRunning(pid).Should().BeFalse("the kernel ends with the server");
            server.Output.Should().NotContain("Unhandled");
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
