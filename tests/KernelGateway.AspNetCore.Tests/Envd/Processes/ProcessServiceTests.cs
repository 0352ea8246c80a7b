using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Processes;

public class ProcessServiceTests
{
    private const int TestTimeout = 60_000;
    private const string Start = "/process.Process/Start";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stream_has_the_start_the_output_and_the_end(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stream = await server.StreamAsync(Start, Command("printf", "out"), cancellationToken);

        var start = await stream.ReadAsync(cancellationToken);
        var data = await stream.ReadAsync(cancellationToken);
        var end = await stream.ReadAsync(cancellationToken);

        ((int)start["event"]!["start"]!["pid"]!).Should().BePositive();
        data.ToString(Formatting.None).Should().Be("""{"event":{"data":{"stdout":"b3V0"}}}""");
        end.ToString(Formatting.None).Should().Be("""{"event":{"end":{"exited":true,"status":"exit status 0"}}}""");
        (await stream.ReadEndAsync(cancellationToken)).Should().BeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Failing_command_ends_with_its_code(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stream = await server.StreamAsync(Start, Command("sh", "-c", "exit 7"), cancellationToken);
        await stream.ReadAsync(cancellationToken);

        (await stream.ReadAsync(cancellationToken)).ToString(Formatting.None).Should().Be(
            """{"event":{"end":{"exitCode":7,"exited":true,"status":"exit status 7","error":"exit status 7"}}}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Command_starts_in_the_working_directory_with_the_variables_of_the_sandbox(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(options: options => options.Launching.Variables["GIVEN"] = "1");

        var output = await RunAsync(server, Command("sh", "-c", "echo $PWD $GIVEN $E2B_SANDBOX"), cancellationToken);

        output.Should().Be($"{server.Folder} 1 true\n");
    }

    [TestCase("no-such-program", "invalid_argument")]
    [TestCase("", "invalid_argument")]
    [CancelAfter(TestTimeout)]
    public async Task Command_that_cannot_be_started_ends_the_stream_at_once(string command, string code, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var stream = await server.StreamAsync(Start, Command(command), cancellationToken);

        ((string?)(await stream.ReadEndAsync(cancellationToken))!["code"]).Should().Be(code);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Missing_directory_and_unknown_user_are_reported(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var request = Command("true");
        request["process"]!["cwd"] = server.PathOf("none");

        using var directory = await server.StreamAsync(Start, request, cancellationToken);
        using var client = server.Gateway.NewClient();
        client.DefaultRequestHeaders.Add("X-API-Key", GatewayServer.Token);
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("nobody-of-that-name:"u8));
        var body = EnvelopeStream.Envelope(0, Encoding.UTF8.GetBytes(Command("true").ToString()));
        using var response = await client.PostRawAsync(Start, body, EnvelopeStream.JsonType, cancellationToken);
        using var user = new EnvelopeStream(response, await response.Content.ReadAsStreamAsync(cancellationToken));

        (await directory.ReadEndAsync(cancellationToken))!.ToString(Formatting.None).Should().Be(
            new JObject { ["code"] = "invalid_argument", ["message"] = $"cwd '{server.PathOf("none")}' does not exist" }.ToString(Formatting.None));
        (await user.ReadEndAsync(cancellationToken))!.ToString(Formatting.None).Should().Be(
            """{"code":"unauthenticated","message":"invalid username: 'nobody-of-that-name'"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_is_streamed_and_closed(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stream = await server.StreamAsync(Start, Command("cat"), cancellationToken);
        var process = new JObject { ["pid"] = (await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"] };

        byte[] requests =
        [
            .. Envelope(new JObject { ["start"] = new JObject { ["process"] = process } }),
            .. Envelope(new JObject { ["keepalive"] = new JObject() }),
            .. Envelope(new JObject { ["data"] = new JObject { ["input"] = new JObject { ["stdin"] = "YQ==" } } }),
            .. Envelope(new JObject { ["data"] = new JObject { ["input"] = new JObject { ["stdin"] = "Yg==" } } }),
        ];
        using var input = await server.StreamRawAsync("/process.Process/StreamInput", requests, cancellationToken);
        (await input.ReadAsync(cancellationToken)).Should().BeEmpty();
        (await input.ReadEndAsync(cancellationToken)).Should().BeNull();
        using var closed = await CallAsync(server, "CloseStdin", new JObject { ["process"] = process }, cancellationToken);

        closed.StatusCode.Should().Be(HttpStatusCode.OK);
        (await ReadOutputAsync(stream, cancellationToken)).Should().Be("ab");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Input_of_the_wrong_kind_is_refused(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var request = Command("sleep", "600");
        request["stdin"] = false;
        request["tag"] = "mine";
        using var stream = await server.StreamAsync(Start, request, cancellationToken);
        await stream.ReadAsync(cancellationToken);

        await ShouldFailAsync("SendInput", """{"input": {"stdin": "YQ=="}}""", "internal", "error writing to stdin: stdin not enabled or closed");
        await ShouldFailAsync("SendInput", """{"input": {"pty": "YQ=="}}""", "internal", "error writing to tty: tty not assigned to process");
        await ShouldFailAsync("SendInput", "{}", "unimplemented", "the input is neither stdin nor pty");
        await ShouldFailAsync("Update", """{"pty": {"size": {"cols": 1, "rows": 1}}}""", "internal", "error resizing tty: tty not assigned to process");
        await ShouldFailAsync("SendSignal", """{"signal": "SIGNAL_UNSPECIFIED"}""", "unimplemented", "signal 0 is not supported");
        using var killed = await CallAsync(
            server, "SendSignal", JObject.Parse("""{"process": {"tag": "mine"}, "signal": "SIGNAL_SIGKILL"}"""), cancellationToken);
        killed.StatusCode.Should().Be(HttpStatusCode.OK);
        (await stream.ReadAsync(cancellationToken))["event"]!["end"]!.ToString(Formatting.None).Should().Be(
            """{"exitCode":-1,"status":"signal: killed","error":"signal: killed"}""");
        await ShouldFailAsync("SendSignal", """{"signal": "SIGNAL_SIGKILL"}""", "not_found", "process with tag mine not found");

        async Task ShouldFailAsync(string method, string body, string code, string message)
        {
            var call = JObject.Parse(body);
            call["process"] = new JObject { ["tag"] = "mine" };
            using var response = await CallAsync(server, method, call, cancellationToken);
            (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
                new JObject { ["code"] = code, ["message"] = message }.ToString(Formatting.None));
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_and_missing_selectors_are_distinguished(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var unknown = await server.StreamAsync(
            "/process.Process/Connect", JObject.Parse("""{"process": {"pid": 4000000000}}"""), cancellationToken);
        using var none = await CallAsync(server, "CloseStdin", new JObject(), cancellationToken);

        (await unknown.ReadEndAsync(cancellationToken))!.ToString(Formatting.None).Should().Be(
            """{"code":"not_found","message":"process with pid 4000000000 not found"}""");
        none.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [TestCase(CommandDeadline.Command)]
    [TestCase(CommandDeadline.Stream)]
    [CancelAfter(TestTimeout)]
    public async Task Time_limit_of_the_request_ends_the_command_or_the_stream(CommandDeadline deadline, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(sandbox: options => options.CommandDeadline = deadline);
        using var stream = await server.StreamAsync(Start, Command("sleep", "600"), cancellationToken, ("Connect-Timeout-Ms", "1000"));
        var process = new JObject { ["pid"] = (await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"] };

        var error = await stream.ReadEndAsync(cancellationToken);

        error!.ToString(Formatting.None).Should().Be("""{"code":"deadline_exceeded","message":"context deadline exceeded"}""");
        using var connected = await server.StreamAsync("/process.Process/Connect", new() { ["process"] = process }, cancellationToken);
        await connected.ReadAsync(cancellationToken);
        if (deadline == CommandDeadline.Command)
        {
            ((string?)(await connected.ReadAsync(cancellationToken))["event"]!["end"]!["status"]).Should().Be("signal: killed");
            return;
        }

        using var killed = await CallAsync(
            server, "SendSignal", new JObject { ["process"] = process, ["signal"] = "SIGNAL_SIGTERM" }, cancellationToken);
        killed.StatusCode.Should().Be(HttpStatusCode.OK, "the command still ran");
        ((string?)(await connected.ReadAsync(cancellationToken))["event"]!["end"]!["status"]).Should().Be("signal: terminated");
    }

    private static JObject Command(string command, params string[] arguments) => new()
    {
        ["process"] = new JObject { ["cmd"] = command, ["args"] = new JArray(arguments) },
    };

    private static byte[] Envelope(JObject message) => EnvelopeStream.Envelope(0, Encoding.UTF8.GetBytes(message.ToString()));

    private static Task<HttpResponseMessage> CallAsync(
        EnvdServer server, string method, JObject request, CancellationToken cancellationToken) =>
        server.Client.PostJsonAsync($"/process.Process/{method}", request, cancellationToken);

    private static async Task<string> RunAsync(EnvdServer server, JObject request, CancellationToken cancellationToken)
    {
        using var stream = await server.StreamAsync(Start, request, cancellationToken);
        await stream.ReadAsync(cancellationToken);
        return await ReadOutputAsync(stream, cancellationToken);
    }

    private static async Task<string> ReadOutputAsync(EnvelopeStream stream, CancellationToken cancellationToken)
    {
        var output = new StringBuilder();
        while (true)
        {
            var happened = (await stream.ReadAsync(cancellationToken))["event"]!;
            if (happened["end"] is not null) return output.ToString();
            output.Append(Encoding.UTF8.GetString(Convert.FromBase64String((string)happened["data"]!["stdout"]!)));
        }
    }
}
