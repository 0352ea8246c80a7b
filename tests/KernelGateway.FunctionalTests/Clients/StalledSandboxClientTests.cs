using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>Clients of files and commands that stop reading, beside one that works.</summary>
[Platform("Linux")]
public sealed class StalledSandboxClientTests
{
    private const int Clients = 20;
    private const int WorkingCalls = 20;
    private const long FileBytes = 4L << 30;

    // Each command keeps 1 MiB of output, and as much again while it is written as JSON.
    private const long AllowedGrowthBytes = 160L << 20;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sandbox-stalled-");

    [TearDown]
    public void RemoveDirectory() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(180_000)]
    public async Task Clients_that_do_not_read_make_their_commands_wait_and_nobody_else(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--auth", "none", "--warm", "none");
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };
        var file = Path.Combine(_directory.FullName, "sparse");
        await using (var sparse = File.Create(file)) sparse.SetLength(FileBytes);
        await WorkAsync(client, cancellationToken);
        var before = server.ResidentBytes();

        // Endless output and endless enough files, of which nothing more than the beginning is read.
        var stalled = new List<HttpResponseMessage>();
        var processes = new List<uint>();
        for (var number = 0; number < Clients; number++)
        {
            var (response, _, processId) = await StartAsync(client, "cat /dev/zero", cancellationToken);
            stalled.Add(response);
            processes.Add(processId);
            stalled.Add(await client.GetAsync($"/files?path={file}", HttpCompletionOption.ResponseHeadersRead, cancellationToken));
        }

        // They wait when none of them has written anything during a number of other calls.
        var written = Written(processes);
        while (true)
        {
            await WorkAsync(client, cancellationToken);
            var now = Written(processes);
            if (now.SequenceEqual(written)) break;
            written = now;
        }

        (server.ResidentBytes() - before).Should().BeLessThan(AllowedGrowthBytes);
        foreach (var response in stalled) response.Dispose();
        foreach (var processId in processes) await KillAsync(client, processId, cancellationToken);
        await WorkAsync(client, cancellationToken);
    }

    // What another client does meanwhile: commands from their start to their end, and files.
    private async Task WorkAsync(HttpClient client, CancellationToken cancellationToken)
    {
        for (var call = 0; call < WorkingCalls; call++)
        {
            var text = call.ToString(CultureInfo.InvariantCulture);
            var path = Path.Combine(_directory.FullName, "working");
            using var content = new StringContent(text, null, "application/octet-stream");
            using var written = await client.PostAsync($"/files?path={path}", content, cancellationToken);
            written.EnsureSuccessStatusCode();
            (await client.GetStringAsync($"/files?path={path}", cancellationToken)).Should().Be(text);
            var (response, body, _) = await StartAsync(client, $"cat {path}", cancellationToken);
            using (response)
            {
                using var reader = new StreamReader(body);
                var rest = await reader.ReadToEndAsync(cancellationToken);
                rest.Should().Contain(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))).And.Contain("exit status 0");
            }
        }
    }

    private static async Task<(HttpResponseMessage Response, Stream Body, uint ProcessId)> StartAsync(
        HttpClient client, string command, CancellationToken cancellationToken)
    {
        var words = command.Split(' ');
        var message = Encoding.UTF8.GetBytes(new JObject
        {
            ["process"] = new JObject { ["cmd"] = words[0], ["args"] = new JArray(words[1..]) },
        }.ToString());
        var envelope = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(envelope.AsSpan(1), message.Length);
        message.CopyTo(envelope, 5);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/process.Process/Start") { Content = new ByteArrayContent(envelope) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/connect+json");
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);

        // The first envelope names the process.
        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var header = new byte[5];
        await body.ReadExactlyAsync(header, cancellationToken);
        var start = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(start, cancellationToken);
        return (response, body, (uint)JObject.Parse(Encoding.UTF8.GetString(start)).SelectToken("event.start.pid")!);
    }

    private static async Task KillAsync(HttpClient client, uint processId, CancellationToken cancellationToken)
    {
        var request = new JObject { ["process"] = new JObject { ["pid"] = processId }, ["signal"] = "SIGNAL_SIGKILL" };
        using var content = new StringContent(request.ToString(), null, "application/json");
        using var response = await client.PostAsync("/process.Process/SendSignal", content, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static long[] Written(IEnumerable<uint> processes) =>
    [
        .. processes.Select(id => long.Parse(
            File.ReadLines($"/proc/{id}/io").First(line => line.StartsWith("wchar:", StringComparison.Ordinal))[6..],
            CultureInfo.InvariantCulture)),
    ];
}
