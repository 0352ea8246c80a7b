using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Processes;

/// <summary>The method that E2B's service does not have: any signal, to the whole process group.</summary>
[CancelAfter(60_000)]
public sealed class SignalGroupTests
{
    private const string Start = "/process.Process/Start";
    private const string Method = "/process.Process/SignalGroup";

    [Test]
    public async Task Signal_reaches_the_children_of_the_command(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        // The shell acts on the signal only when its child has ended, which it does by the same signal.
        const string Script = "trap 'exit 3' INT; bash -c 'echo ready; exec sleep 1000'; exit 4";
        var process = new JObject { ["cmd"] = "bash", ["args"] = new JArray("-c", Script) };
        using var stream = await server.StreamAsync(Start, new JObject { ["process"] = process }, cancellationToken);
        var id = (int)(await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"]!;
        await stream.ReadAsync(cancellationToken);

        using var answer = await server.Client.PostJsonAsync(Method, Request(id, signal: 2), cancellationToken);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        ((int)(await stream.ReadAsync(cancellationToken))["event"]!["end"]!["exitCode"]!).Should().Be(3);
    }

    [TestCase(0)]
    [TestCase(65)]
    public async Task Number_that_is_not_of_a_signal_is_refused(int signal, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var process = new JObject { ["cmd"] = "cat" };
        using var stream = await server.StreamAsync(Start, new JObject { ["process"] = process }, cancellationToken);
        var id = (int)(await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"]!;

        using var answer = await server.Client.PostJsonAsync(Method, Request(id, signal), cancellationToken);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        ((string?)(await answer.JsonAsync(cancellationToken))["code"]).Should().Be("invalid_argument");
    }

    [Test]
    public async Task Unknown_process_is_not_found(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var answer = await server.Client.PostJsonAsync(Method, Request(1, signal: 2), cancellationToken);

        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await answer.JsonAsync(cancellationToken)).ToString(Formatting.None).Should().Contain("process with pid 1 not found");
    }

    private static JObject Request(int id, int signal) =>
        new() { ["process"] = new JObject { ["pid"] = id }, ["signal"] = signal };
}
