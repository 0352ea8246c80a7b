using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Executions;

/// <summary>A client of the real command that stops reading during a flood of output.</summary>
[RequiresKernel]
public sealed class StalledReaderTests
{
    private const int Lines = 1_000_000;
    private const long AllowedGrowthBytes = 64L << 20;

    [Test]
    [CancelAfter(300_000)]
    public async Task A_million_lines_wait_on_the_disk_until_the_reader_continues(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--auth", "none");
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };

        // Starts the kernel and runs every code path once, before memory is compared.
        await (await PostAsync(client, "print('warm')", cancellationToken)).Content.ReadAsStringAsync(cancellationToken);
        var before = server.ResidentBytes();

        using var stalled = await PostAsync(client, $"for i in range({Lines}): print('line', i)", cancellationToken);
        var id = stalled.Headers.GetValues("X-Execution-Id").Single();

        // The stream is not read until the execution has ended. This request completes at that end.
        await client.GetStringAsync($"/executions/{id}/events?after={int.MaxValue}", cancellationToken);
        var grown = server.ResidentBytes() - before;

        var received = new StringBuilder();
        var reasons = new List<string>();
        using var reader = new StreamReader(await stalled.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            var json = JObject.Parse(line);
            if ((string?)json["type"] == "stdout") received.Append((string?)json["text"]);
            if ((string?)json["type"] == "end_of_execution") reasons.Add((string)json["reason"]!);
        }

        reasons.Should().Equal("completed");
        var expected = new StringBuilder();
        for (var i = 0; i < Lines; i++) expected.Append("line ").Append(i).Append('\n');
        (received.ToString() == expected.ToString()).Should().BeTrue("the output is complete, without duplicates and in order");
        grown.Should().BeLessThan(AllowedGrowthBytes);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string code, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/execute")
        {
            Content = new StringContent(new JObject { ["code"] = code }.ToString(), Encoding.UTF8, "application/json"),
        };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return response;
    }
}
