using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Time;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Processes;

/// <summary>Commands whose streams have ended, and clients that connect to them later.</summary>
public class ProcessReconnectTests
{
    private const int TestTimeout = 60_000;
    private static readonly TimeSpan Retention = TimeSpan.FromSeconds(30);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Command_without_a_time_limit_is_connected_hours_later(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await EnvdServer.StartAsync(time: time);
        var process = await StartAsync(server, "read line; echo \"got $line\"", cancellationToken);

        time.Advance(TimeSpan.FromHours(30));
        using var stream = await ConnectAsync(server, process, cancellationToken);
        ((int)(await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"]!).Should().Be((int)process["pid"]!);
        await SendLineAsync(server, process, cancellationToken);

        (await ReadToEndAsync(stream, cancellationToken)).Should().Be("got it\n, exit status 0");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Ended_command_is_connected_for_thirty_seconds(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await EnvdServer.StartAsync(time: time);
        var process = await StartAsync(server, "read line; exit 4", cancellationToken);
        using var first = await ConnectAsync(server, process, cancellationToken);
        await first.ReadAsync(cancellationToken);
        await SendLineAsync(server, process, cancellationToken);
        (await ReadToEndAsync(first, cancellationToken)).Should().Be(", exit status 4");
        await time.WaitForTimerAsync(Retention, cancellationToken);

        time.Advance(Retention - TimeSpan.FromSeconds(1));
        using var second = await ConnectAsync(server, process, cancellationToken);
        await second.ReadAsync(cancellationToken);
        (await ReadToEndAsync(second, cancellationToken)).Should().Be(", exit status 4");
        time.Advance(TimeSpan.FromSeconds(1));

        // It is forgotten by a task that the clock starts.
        JObject? error = null;
        while (error is null)
        {
            using var late = await ConnectAsync(server, process, cancellationToken);
            var (flags, message) = await late.ReadRawAsync(cancellationToken);
            if (flags == EnvelopeStream.EndFlag) error = (JObject)HttpCalls.Parse(Encoding.UTF8.GetString(message))["error"]!;
        }

        error.ToString(Formatting.None).Should().Be(
            new JObject { ["code"] = "not_found", ["message"] = $"process with pid {process["pid"]} not found" }.ToString(Formatting.None));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Process_that_has_ended_takes_neither_signals_nor_input(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var process = await StartAsync(server, "read line", cancellationToken);
        using var stream = await ConnectAsync(server, process, cancellationToken);
        await stream.ReadAsync(cancellationToken);
        await SendLineAsync(server, process, cancellationToken);
        await ReadToEndAsync(stream, cancellationToken);

        foreach (var (method, body) in new[]
        {
            ("SendSignal", """{"signal": "SIGNAL_SIGKILL"}"""), ("SendSignal", """{"signal": "SIGNAL_SIGTERM"}"""),
            ("SendInput", """{"input": {"stdin": "YQ=="}}"""), ("CloseStdin", "{}"), ("Update", """{"pty": {"size": {"cols": 1, "rows": 1}}}"""),
        })
        {
            var request = JObject.Parse(body);
            request["process"] = process;
            using var response = await server.Client.PostJsonAsync($"/process.Process/{method}", request, cancellationToken);
            (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
                $$"""{"code":"not_found","message":"process with pid {{process["pid"]}} not found"}""", "{0} needs a process that runs", method);
        }
    }

    // The stream of the start ends before anything is printed.
    private static async Task<JObject> StartAsync(EnvdServer server, string script, CancellationToken cancellationToken)
    {
        var request = new JObject { ["process"] = new JObject { ["cmd"] = "sh", ["args"] = new JArray("-c", script) } };
        using var stream = await server.StreamAsync("/process.Process/Start", request, cancellationToken);
        return new JObject { ["pid"] = (await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"] };
    }

    private static Task<EnvelopeStream> ConnectAsync(EnvdServer server, JObject process, CancellationToken cancellationToken) =>
        server.StreamAsync("/process.Process/Connect", new() { ["process"] = process }, cancellationToken);

    private static async Task SendLineAsync(EnvdServer server, JObject process, CancellationToken cancellationToken)
    {
        var request = new JObject { ["process"] = process, ["input"] = new JObject { ["stdin"] = "aXQK" } };
        using var response = await server.Client.PostJsonAsync("/process.Process/SendInput", request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    // The output, and how the process ended.
    private static async Task<string> ReadToEndAsync(EnvelopeStream stream, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        while (true)
        {
            var happened = (await stream.ReadAsync(cancellationToken))["event"]!;
            if (happened["end"] is { } end)
            {
                (await stream.ReadEndAsync(cancellationToken)).Should().BeNull();
                return $"{output}, {end["status"]}";
            }

            if (happened["data"] is { } data) output.Append(Encoding.UTF8.GetString(Convert.FromBase64String((string)data["stdout"]!)));
        }
    }
}
