using System.Net;
using FluentAssertions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>What only the Python packages of the first generation send, as raw messages: the packages themselves are not run in the tests.</summary>
[CancelAfter(60_000)]
[Platform("Linux")]
public sealed class LegacyPythonClientTests
{
    [Test]
    public async Task Numbers_as_ids_come_back_as_numbers_from_every_kind_of_call(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        (await CallAsync(legacy, 1, "process_subscribe", """["onExit","p"]""", cancellationToken))["result"]!.Type.Should().Be(JTokenType.String);
        (await CallAsync(legacy, 2, "process_start", """["p","true",{"PYTHONUNBUFFERED":"1"},""]""", cancellationToken))["result"]!
            .ToString().Should().Be("p");
        (await CallAsync(legacy, 3, "process_kill", """["p"]""", cancellationToken))["result"]!.Type.Should().Be(JTokenType.Null);
        (await CallAsync(legacy, 4, "filesystem_read", """["/no/such"]""", cancellationToken))["error"]!["code"]!.ToString().Should().Be("-32000");
        (await CallAsync(legacy, 5, "process_unsubscribe", """["gone"]""", cancellationToken))["result"]!.Type.Should().Be(JTokenType.Boolean);
    }

    [Test]
    public async Task Paths_that_are_not_normalised_name_the_file_that_is_meant(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        await legacy.Client.CallAsync(cancellationToken, "filesystem_makeDir", legacy.PathOf("code"));

        await legacy.Client.CallAsync(cancellationToken, "filesystem_write", legacy.PathOf("code/../hello.txt"), "hello");
        await legacy.Client.CallAsync(cancellationToken, "filesystem_write", legacy.PathOf("code/.//nested.txt"), "nested");

        (await File.ReadAllTextAsync(legacy.PathOf("hello.txt"), cancellationToken)).Should().Be("hello");
        (await File.ReadAllTextAsync(legacy.PathOf("code/nested.txt"), cancellationToken)).Should().Be("nested");
        var listed = await legacy.Client.CallAsync(cancellationToken, "filesystem_list", legacy.PathOf("code/.."));
        listed.Select(one => ((string?)one["name"], (bool)one["isDir"]!)).Should().Equal(("code", true), ("hello.txt", false));
    }

    [Test]
    public async Task Relative_path_starts_at_the_home_directory(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var name = $"kernel-gateway-{Guid.NewGuid():N}";

        await legacy.Client.CallAsync(cancellationToken, "filesystem_write", name, "hello");
        try
        {
            ((string?)await legacy.Client.CallAsync(cancellationToken, "filesystem_read", $"./{name}")).Should().Be("hello");
            File.Exists(Path.Combine(Directory.GetCurrentDirectory(), name)).Should().BeFalse("the gateway's own directory is not meant");
        }
        finally
        {
            await legacy.Client.CallAsync(cancellationToken, "filesystem_remove", name);
        }
    }

    [Test]
    public async Task Each_notification_of_output_has_the_fields_and_types_that_are_checked(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var output = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onStdout", "p"))!;
        var errors = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onStderr", "p"))!;
        var exit = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onExit", "p"))!;

        await legacy.Client.CallAsync(cancellationToken, "process_start", "p", "seq 3; echo oops >&2; printf 'end'", new JObject(), "");
        (await legacy.Client.NotifiedAsync(exit, _ => true, cancellationToken)).Type.Should().Be(JTokenType.Integer);

        var lines = legacy.Client.Notifications(output).ToList();
        lines.Select(one => (string?)one["line"]).Should().Equal("1", "2", "3", "end");
        lines.Should().OnlyContain(one => (string?)one["type"] == "Stdout" && one["timestamp"]!.Type == JTokenType.Integer);
        lines.Select(one => (long)one["timestamp"]!).Should().BeInAscendingOrder();
        legacy.Client.Notifications(errors).Should().ContainSingle(one => (string?)one["type"] == "Stderr" && one["timestamp"]!.Type == JTokenType.Integer);
    }

    [TestCase("null", "")]
    [TestCase("null", null)]
    [TestCase("\"stty size; pwd\"", "/")]
    public async Task Terminal_of_six_arguments_has_a_size_a_command_or_none_and_a_directory(
        string command, string? directory, CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var data = (string)(await legacy.Client.CallAsync(cancellationToken, "terminal_subscribe", "onData", "t"))!;

        var answer = await CallAsync(
            legacy, 7, "terminal_start", $$"""["t",80,24,{},{{command}},{{(directory is null ? "null" : $"\"{directory}\"")}}]""", cancellationToken);
        if (command == "null") await legacy.Client.CallAsync(cancellationToken, "terminal_data", "t", "stty size\n");

        ((string?)answer["result"]).Should().Be("t");
        await legacy.Client.NotifiedAsync(data, _ => Text(legacy, data).Contains("24 80"), cancellationToken);
        if (directory == "/") await legacy.Client.NotifiedAsync(data, _ => Text(legacy, data).Contains("24 80\r\n/\r\n"), cancellationToken);
    }

    [Test]
    public async Task Path_in_the_query_of_a_download_may_have_its_slashes(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        await File.WriteAllTextAsync(legacy.PathOf("a+b c.txt"), "text", cancellationToken);
        using var client = legacy.Server.NewClient();

        // As Python's quote writes it: slashes stay, a blank is %20.
        using var answer = await client.GetAsync($"/file?path={legacy.Directory}/a%2Bb%20c.txt", cancellationToken);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync(cancellationToken)).Should().Be("text");
    }

    private static string Text(LegacyServer legacy, string subscription) => string.Concat(legacy.Client.Notifications(subscription).Select(one => (string?)one));

    private static Task<JObject> CallAsync(LegacyServer legacy, int id, string method, string parameters, CancellationToken cancellationToken) =>
        legacy.Client.AskTextAsync(
            $$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}},"id":{{id}}}""",
            message => message["id"] is { Type: JTokenType.Integer } found && (int)found == id,
            cancellationToken);
}
