using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Executions;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Interpreters;

/// <summary>Streams that break at every byte, over a gateway in memory.</summary>
[CancelAfter(60_000)]
public sealed class EventStreamTests
{
    private const string End = """{"type":"end_of_execution","execution_id":"e","seq":5,"reason":"completed","complete":true,"state":"preserved"}""";

    private static readonly string[] Lines =
    [
        """{"type":"number_of_executions","execution_id":"e","seq":1,"execution_count":3}""",
        """{"type":"stdout","execution_id":"e","seq":2,"text":"a\n","timestamp":"2026-01-02T03:04:05.000006+00:00"}""",
        """{"type":"keepalive"}""",
        """{"type":"stderr","execution_id":"e","seq":3,"text":"b\n","timestamp":"2026-01-02T03:04:05.000007+00:00"}""",
        """{"type":"result","execution_id":"e","seq":4,"text":"x","plain_text":"'x'","extra":{"a/b":"c"},"is_main_result":true}""",
        End,
    ];

    // Without the keep-alive line, which has no place among the events.
    private static readonly string[] Events = [.. Lines.Where(line => !line.Contains("keepalive", StringComparison.Ordinal))];

    [TestCase(true)]
    [TestCase(false)]
    public async Task Stream_cut_after_any_byte_goes_on_without_loss_or_repetition(bool withError, CancellationToken token)
    {
        var length = new RecordedGateway(Events).Bytes.Length;
        for (var cut = 0; cut < length; cut++)
        {
            var after = cut;
            var gateway = new RecordedGateway(Events)
            {
                Body = (number, bytes) => number > 0 ? new MemoryStream(bytes) : Cut(bytes, after, withError),
            };
            using var client = gateway.CreateClient();

            var events = await StreamAsync(client, token);

            events.Select(one => one.Sequence).Should().Equal([1, 2, 3, 4, 5], "the stream was cut after {0} bytes", cut);
            gateway.Streams.Should().Be(2);
        }
    }

    [Test]
    public async Task Stream_that_breaks_in_every_line_goes_on(CancellationToken token)
    {
        // One line more each time, and the beginning of the next.
        var gateway = new RecordedGateway(Events)
        {
            Body = (_, bytes) => Cut(bytes, Math.Min(bytes.Length, bytes.AsSpan().IndexOf((byte)'\n') + 10), withError: true),
        };
        using var client = gateway.CreateClient();

        var events = await StreamAsync(client, token);

        events.Select(one => one.Sequence).Should().Equal(1, 2, 3, 4, 5);
        gateway.Requests.Skip(1).Select(request => request.RequestUri!.PathAndQuery).Should().Equal(
            Enumerable.Range(1, 4).Select(after => $"/executions/{RecordedGateway.ExecutionId}/events?after={after}"));
    }

    [Test]
    public async Task Stream_that_falls_silent_goes_on_over_another_connection(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        var gateway = new RecordedGateway(Events)
        {
            Body = (number, bytes) =>
            {
                if (number > 0) return new MemoryStream(bytes);
                return new BrokenStream(bytes[..(bytes.AsSpan().IndexOf((byte)'\n') + 1)], failure: null);
            },
        };
        using var client = gateway.CreateClient(options =>
        {
            options.TimeProvider = time;
            options.MaxSilence = TimeSpan.FromSeconds(20);
        });
        var context = await ContextAsync(client, gateway, token);
        var events = context.StreamAsync("x", cancellationToken: token).GetAsyncEnumerator(token);
        (await events.MoveNextAsync()).Should().BeTrue();

        var next = events.MoveNextAsync();
        time.Advance(TimeSpan.FromSeconds(21));

        (await next).Should().BeTrue();
        events.Current.Sequence.Should().Be(2);
        await events.DisposeAsync();
    }

    [Test]
    public async Task Client_gives_up_when_the_time_to_go_on_is_over(CancellationToken token)
    {
        var gateway = new RecordedGateway(Events) { Body = (_, bytes) => Cut(bytes, 10, withError: true) };
        using var client = gateway.CreateClient(options => options.ResumeTimeout = TimeSpan.Zero);

        var reading = () => StreamAsync(client, token);

        await reading.Should().ThrowAsync<GatewayConnectionException>().WithMessage("*could not be made again within 0 s*cut*");
    }

    [Test]
    public async Task Stream_of_an_execution_that_is_gone_ends_with_the_code_of_the_server(CancellationToken token)
    {
        var gateway = new RecordedGateway(Events)
        {
            Body = (_, bytes) => Cut(bytes, 10, withError: true),
            Answer = (_, request) => request.RequestUri!.PathAndQuery.Contains("/events", StringComparison.Ordinal)
                ? new(System.Net.HttpStatusCode.NotFound) { Content = new StringContent("""{"code":"execution_not_found","detail":"Execution gone."}""") }
                : null,
        };
        using var client = gateway.CreateClient();

        var reading = () => StreamAsync(client, token);

        (await reading.Should().ThrowAsync<GatewayApiException>().WithMessage("Execution gone.")).Which.Code.Should().Be("execution_not_found");
    }

    [Test]
    public async Task Error_that_stands_for_the_end_is_not_an_event(CancellationToken token)
    {
        var gateway = new RecordedGateway(
            Events[0],
            """{"type":"error","execution_id":"e","seq":1,"name":"ExecutionInterrupted","value":"It was interrupted.","traceback":""}""",
            """{"type":"end_of_execution","execution_id":"e","seq":2,"reason":"interrupted","stopped_by":"request","state":"preserved"}""");
        using var client = gateway.CreateClient();

        var events = await StreamAsync(client, token);

        events.Select(one => one.GetType()).Should().Equal(typeof(StartedEvent), typeof(EndEvent));
        ((EndEvent)events[1]).End.Should().BeEquivalentTo(new { Reason = ExecutionEndReason.Interrupted, StoppedBy = ExecutionStopCause.Request });
    }

    [Test]
    public async Task Event_of_a_kind_that_is_not_known_is_left_out_and_counted(CancellationToken token)
    {
        var gateway = new RecordedGateway(Events[0], """{"type":"hologram","seq":2}""", """{"type":"end_of_execution","seq":3,"reason":"completed"}""")
        {
            Body = (number, bytes) => number > 0 ? new MemoryStream(bytes) : Cut(bytes, bytes.Length - 5, withError: false),
        };
        using var client = gateway.CreateClient();

        var events = await StreamAsync(client, token);

        events.Select(one => one.Sequence).Should().Equal(1, 3);
        gateway.Requests[^1].RequestUri!.Query.Should().Be("?after=2");
    }

    [Test]
    public async Task Line_that_is_not_json_names_the_problem(CancellationToken token)
    {
        using var client = new RecordedGateway("<html>").CreateClient();

        var reading = () => StreamAsync(client, token);

        await reading.Should().ThrowAsync<GatewayApiException>().WithMessage("*not JSON*");
    }

    [Test]
    public async Task Events_of_a_service_without_numbers_are_numbered_here(CancellationToken token)
    {
        var gateway = new RecordedGateway(
            """{"type":"stdout","text":"a\n","timestamp":"t"}""",
            """{"type":"error","name":"NameError","value":"x","traceback":"line 1\nline 2"}""",
            """{"type":"number_of_executions","execution_count":1}""",
            """{"type":"end_of_execution"}""")
        { HasIds = false };
        using var client = gateway.CreateClient();

        var result = await client.RunAsync("x", cancellationToken: token);

        result.Logs.Stdout.Should().Equal("a\n");
        result.Error.Should().BeEquivalentTo(new ExecutionError("NameError", "x", ["line 1\nline 2"]));
        result.End!.Reason.Should().Be(ExecutionEndReason.Error);
    }

    [Test]
    public async Task Stream_of_a_service_without_ids_cannot_go_on(CancellationToken token)
    {
        var gateway = new RecordedGateway("""{"type":"stdout","text":"a\n"}""") { HasIds = false };
        using var client = gateway.CreateClient();

        var running = () => client.RunAsync("x", cancellationToken: token);

        await running.Should().ThrowAsync<GatewayConnectionException>().WithMessage("*before the end of the execution*");
        gateway.Requests.Should().ContainSingle();
    }

    [Test]
    public async Task Result_has_the_representations_of_the_kernel(CancellationToken token)
    {
        var gateway = new RecordedGateway(
            """
            {"type":"result","seq":1,"text":"x","plain_text":"'x'","html":"<b>","png":"aGk=","json":{"a":[1]},"data":{"c":1},
            "extra":{"a/b":"c","d\/e":{"f":1}},"metadata":{"image/png":{"width":2}},"display_id":"d","is_main_result":true}
            """.ReplaceLineEndings(""),
            """{"type":"end_of_execution","seq":2,"reason":"completed"}""");
        using var client = gateway.CreateClient();

        var output = (await client.RunAsync("x", cancellationToken: token)).Results.Should().ContainSingle().Subject;

        output.Text.Should().Be("'x'");
        output.Html.Should().Be("<b>");
        output.Png.Should().Equal((byte)'h', (byte)'i');
        output.Json!.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"a":[1]}""");
        output.Data.MediaTypes.Should().BeEquivalentTo("text/plain", "text/html", "image/png", "application/json", "e2b/data", "a/b", "d/e");
        output.DisplayId.Should().Be("d");
        ((int)output.Metadata["image/png"]!["width"]!).Should().Be(2);
    }

    private static Stream Cut(byte[] bytes, int after, bool withError) =>
        withError ? new BrokenStream(bytes[..after], new IOException("cut")) : new MemoryStream(bytes[..after]);

    private static async Task<List<ExecutionEvent>> StreamAsync(GatewayClient client, CancellationToken token)
    {
        var events = new List<ExecutionEvent>();
        await client.RunAsync("x", callbacks: new ExecutionCallbacks { OnEvent = events.Add }, cancellationToken: token);
        return events;
    }

    private static Task<ICodeContext> ContextAsync(GatewayClient client, RecordedGateway gateway, CancellationToken token)
    {
        gateway.Answer = (_, request) => request.RequestUri!.AbsolutePath == "/contexts/c"
            ? new(System.Net.HttpStatusCode.OK) { Content = new StringContent("""{"id":"c","language":"echo","cwd":"/"}""") }
            : null;
        return client.GetContextAsync("c", token);
    }
}
