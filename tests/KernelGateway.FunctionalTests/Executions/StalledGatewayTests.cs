using System.Net.Http.Json;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

/// <summary>A gateway that gets no processor time while its kernel prints.</summary>
[RequiresKernel]
public sealed class StalledGatewayTests
{
    // Together more than the buffers of both sockets and the 1,000 messages that a PUB socket keeps by default: 25 MB in messages of 2 KB.
    private const int Lines = 12_000;
    private const int Padding = 1_500;

    [Test]
    [CancelAfter(300_000)]
    public async Task No_output_of_a_kernel_is_lost_while_the_gateway_is_stopped(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--auth", "none", "--warm", "none");
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };

        // The kernel itself suspends the gateway and resumes it. All lines are printed in between.
        var code = $"""
            import os, signal
            os.kill({server.ProcessId}, signal.SIGSTOP)
            for i in range({Lines}): print('line', i, '.' * {Padding}, flush=True)
            os.kill({server.ProcessId}, signal.SIGCONT)
            """;
        using var response = await client.PostAsJsonAsync("/execute", new { code }, cancellationToken);
        var events = (await response.Content.ReadAsStringAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JObject.Parse).ToList();

        var printed = new StringBuilder().AppendJoin("", events.Where(one => (string?)one["type"] == "stdout").Select(one => (string?)one["text"]));
        var expected = new StringBuilder();
        for (var i = 0; i < Lines; i++) expected.Append("line ").Append(i).Append(' ').Append('.', Padding).Append('\n');
        (printed.ToString() == expected.ToString()).Should().BeTrue($"{expected.Length} characters are expected, and {printed.Length} arrived");
        events[^1]["reason"]!.ToString().Should().Be("completed");
    }
}
