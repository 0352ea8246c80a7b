using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Jupyter.Contents;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Terminals;

[Platform("Linux")]
public class TerminalTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Terminals_are_created_listed_shown_and_deleted(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var first = await CreateAsync(served, "{}", cancellationToken);
        var named = await CreateAsync(served, """{"name": "mine"}""", cancellationToken);
        var again = await CreateAsync(served, """{"name": "mine"}""", cancellationToken);
        var second = await CreateAsync(served, null, cancellationToken);
        var listed = await served.Client.GetTokenAsync("/api/terminals", cancellationToken);
        var shown = await served.Client.GetTokenAsync("/api/terminals/mine", cancellationToken);

        first.Properties().Select(field => field.Name).Should().Equal("name", "last_activity");
        new[] { first, named, again, second }.Select(NameOf).Should().Equal("1", "mine", "mine", "2");
        listed.Select(NameOf).Should().Equal("1", "mine", "2");
        NameOf(shown).Should().Be("mine");

        using var deleted = await served.Client.DeleteAsync("/api/terminals/mine", cancellationToken);
        using var gone = await served.Client.DeleteAsync("/api/terminals/mine", cancellationToken);

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await gone.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken)).Should().Be("Terminal not found: mine");
        (await served.Client.GetTokenAsync("/api/terminals", cancellationToken)).Select(NameOf).Should().Equal("1", "2");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task What_is_typed_is_executed_in_the_default_directory(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        await client.TypeAsync("pwd; echo gr\u00FC\u00DFe-$((6*7)); echo $TERM\r", cancellationToken);
        await client.ReadUntilAsync("xterm-256color", cancellationToken);

        client.Shown.Should().Contain(served.Root).And.Contain("gr\u00FC\u00DFe-42");
    }

    [TestCase("sub")]
    [TestCase("/sub")]
    [TestCase("ROOT/sub")]
    [CancelAfter(TestTimeout)]
    public async Task Directory_can_be_chosen_by_its_path_or_that_of_the_contents_API(string cwd, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        Directory.CreateDirectory(served.PathOf("sub"));
        var body = new JObject { ["cwd"] = cwd.Replace("ROOT", served.Root, StringComparison.Ordinal) };
        await CreateAsync(served, body.ToString(), cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        await client.TypeAsync("echo in:$PWD:\r", cancellationToken);

        await client.ReadUntilAsync($"in:{served.PathOf("sub")}:", cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Terminal_has_the_smallest_size_of_its_clients(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var large = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);
        using (var small = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken))
        {
            await large.ResizeAsync(50, 120, cancellationToken);
            await small.ResizeAsync(20, 130, cancellationToken);
            await small.SendAsync(new JArray("set_size", JValue.CreateNull(), JValue.CreateNull()), cancellationToken);
            await small.TypeAsync("echo size $(stty size)\r", cancellationToken);
            await small.ReadUntilAsync("size 20 120", cancellationToken);
        }

        // The size that the other one had goes with its connection, when the server has seen its end.
        do
        {
            large.Forget();
            await large.TypeAsync("echo now $(stty size) end\r", cancellationToken);
            await large.ReadUntilAsync("0 120 end", cancellationToken);
        }
        while (!large.Shown.Contains("now 50 120 end", StringComparison.Ordinal));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_connects_later_sees_what_was_shown(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using (var first = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken))
        {
            await first.TypeAsync("echo a-$((1+1))-b\r", cancellationToken);
            await first.ReadUntilAsync("a-2-b", cancellationToken);
        }

        using var later = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);
        await later.ReadUntilAsync("a-2-b", cancellationToken);
        await later.TypeAsync("echo c-$((2+2))-d\r", cancellationToken);
        await later.ReadUntilAsync("c-4-d", cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Much_output_arrives_whole(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        await client.TypeAsync("stty -echo; seq 1 200000; echo finished-$((1+1))\r", cancellationToken);
        await client.ReadUntilAsync("finished-2", cancellationToken);

        var numbers = string.Concat(Enumerable.Range(1, 200_000).Select(number => $"{number}\r\n"));
        client.Shown.Contains(numbers, StringComparison.Ordinal).Should().BeTrue("nothing of it is lost");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Shell_that_ends_tells_its_clients_and_is_removed(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        await client.TypeAsync("exit\r", cancellationToken);
        var last = await client.ReadToEndAsync(cancellationToken);

        last!.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""["disconnect",1]""");
        client.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
        var next = await CreateAsync(served, "{}", cancellationToken);
        NameOf(next).Should().Be("1", "the name is free again");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Deleted_terminal_ends_also_with_a_program_that_ignores_signals(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);
        await client.TypeAsync("trap '' HUP TERM INT; echo ready-$((1+1)); while :; do sleep 100; done\r", cancellationToken);
        await client.ReadUntilAsync("ready-2", cancellationToken);

        using var deleted = await served.Client.DeleteAsync("/api/terminals/1", cancellationToken);
        var last = await client.ReadToEndAsync(cancellationToken);

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        last![0]!.Value<string>().Should().Be("disconnect");
    }

    [TestCase("no JSON")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("[1]")]
    [CancelAfter(TestTimeout)]
    public async Task Message_that_is_not_a_list_with_a_kind_closes_the_connection_and_not_the_terminal(
        string message, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        await client.SendRawAsync(message, cancellationToken);
        await client.ReadToEndAsync(cancellationToken);

        client.CloseStatus.Should().Be(WebSocketCloseStatus.InvalidPayloadData);
        NameOf(await served.Client.GetTokenAsync("/api/terminals/1", cancellationToken)).Should().Be("1");
    }

    [TestCase("""["unknown", 1]""")]
    [TestCase("""["stdin"]""")]
    [TestCase("""["stdin", 1]""")]
    [TestCase("""["set_size"]""")]
    [TestCase("""["set_size", "a", -1]""")]
    [TestCase("""["set_size", 1e9, 1e9]""")]
    [CancelAfter(TestTimeout)]
    public async Task Message_of_another_kind_is_ignored(string message, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        await client.SendRawAsync(message, cancellationToken);
        await client.TypeAsync("echo still-$((1+1))\r", cancellationToken);

        await client.ReadUntilAsync("still-2", cancellationToken);
    }

    [TestCase("""{"name": "a/b"}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": ""}""", HttpStatusCode.OK)]
    [TestCase("""{"name": 1}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"cwd": []}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"cwd": "missing"}""", HttpStatusCode.OK)]
    [CancelAfter(TestTimeout)]
    public async Task Body_is_checked_and_a_missing_directory_is_ignored_as_in_Jupyter(
        string body, HttpStatusCode status, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        using var response = await served.Client.SendAsync("POST", "/api/terminals", cancellationToken, JObject.Parse(body));

        response.StatusCode.Should().Be(status);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_terminal_and_a_request_that_is_not_a_handshake_get_Jupyters_errors(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);

        using var unknown = await served.Client.GetAsync("/api/terminals/9", cancellationToken);
        using var unknownSocket = await served.Client.GetAsync("/terminals/websocket/9", cancellationToken);
        using var plain = await served.Client.GetAsync("/terminals/websocket/1", cancellationToken);

        await unknown.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken);
        await unknownSocket.ErrorAsync(HttpStatusCode.NotFound, "Not Found", cancellationToken);
        await plain.ErrorAsync(HttpStatusCode.BadRequest, "Bad Request", cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Server_that_stops_ends_its_terminals(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await CreateAsync(served, "{}", cancellationToken);
        using var client = await TerminalClient.ConnectAsync(served.Server, "1", cancellationToken);

        var stop = served.Server.StopAsync();
        await client.ReadToEndAsync(cancellationToken);
        await stop;

        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
    }

    private static async Task<JObject> CreateAsync(ServedDirectory served, string? body, CancellationToken cancellationToken)
    {
        using var response = await served.Client.SendAsync(
            "POST", "/api/terminals", cancellationToken, body is null ? null : (JObject)HttpCalls.Parse(body));
        return await response.ObjectAsync(HttpStatusCode.OK, cancellationToken);
    }

    private static string? NameOf(JToken model) => (string?)model["name"];
}
