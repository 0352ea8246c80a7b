using FluentAssertions;
using KernelGateway.AspNetCore.Legacy.Services;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>The services <c>process</c> and <c>terminal</c> of the first generation.</summary>
[CancelAfter(60_000)]
[Platform("Linux")]
public sealed class LegacyProcessTests
{
    [Test]
    public async Task A_process_reports_its_lines_and_then_its_exit(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var topics = await SubscribeAsync(legacy, "p", cancellationToken);

        (await legacy.Client.CallAsync(cancellationToken, "process_start", "p", "printf 'a\\nb\\n\\nc'; echo $WHO >&2; exit 3", new JObject { ["WHO"] = "me" }, ""))
            .ToString().Should().Be("p");

        ((int)await legacy.Client.NotifiedAsync(topics.Exit, _ => true, cancellationToken)).Should().Be(3);
        legacy.Client.Notifications(topics.Output).Select(one => (string?)one["line"]).Should().Equal("a", "b", "", "c");
        legacy.Client.Notifications(topics.Error).Select(one => ((string?)one["type"], (string?)one["line"])).Should().Equal(("Stderr", "me"));
    }

    [Test]
    public async Task The_exit_of_a_killed_process_comes_before_the_answer(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var topics = await SubscribeAsync(legacy, "p", cancellationToken);
        await legacy.Client.CallAsync(cancellationToken, "process_start", "p", "sleep 1000 & echo up; wait", new JObject(), "/");
        await legacy.Client.NotifiedAsync(topics.Output, _ => true, cancellationToken);

        await legacy.Client.CallAsync(cancellationToken, "process_kill", "p");

        ((int)legacy.Client.Notifications(topics.Exit).Should().ContainSingle().Which).Should().Be(-1);
        (await legacy.Client.CallAsync(cancellationToken, "process_kill", "p")).Type.Should().Be(JTokenType.Null);
    }

    [Test]
    public async Task A_line_of_input_reaches_the_process(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var topics = await SubscribeAsync(legacy, "p", cancellationToken);
        await legacy.Client.CallAsync(cancellationToken, "process_start", "p", "read -r line; echo \"got $line\"", new JObject(), "");

        await legacy.Client.CallAsync(cancellationToken, "process_stdin", "p", "AI Playground\n");

        ((string?)(await legacy.Client.NotifiedAsync(topics.Output, _ => true, cancellationToken))["line"]).Should().Be("got AI Playground");
        await legacy.Client.NotifiedAsync(topics.Exit, _ => true, cancellationToken);
        (await legacy.Client.FailAsync(cancellationToken, "process_stdin", "unknown", "x")).Message.Should().Be("error finding process 'unknown'");
    }

    [Test]
    public async Task A_missing_working_directory_has_the_words_that_clients_recognise(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        (await legacy.Client.FailAsync(cancellationToken, "process_start", "abc", "pwd", new JObject(), "/no/such"))
            .Should().Be((-32000, "error starting process 'abc': fork/exec /bin/bash: no such file or directory"));
    }

    [Test]
    public async Task The_journal_of_the_hosted_service_is_accepted_and_runs_nothing(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var journal = await SubscribeAsync(legacy, "journal", cancellationToken);
        var other = await SubscribeAsync(legacy, "other", cancellationToken);

        await legacy.Client.CallAsync(
            cancellationToken, "process_start", "journal", "sudo journalctl --follow --lines=all -o cat _SYSTEMD_UNIT=start_cmd.service", new JObject(), "/");
        await legacy.Client.CallAsync(cancellationToken, "process_start", "other", "true", new JObject(), "/");

        await legacy.Client.NotifiedAsync(other.Exit, _ => true, cancellationToken);
        legacy.Client.Notifications(journal.Exit).Should().BeEmpty();
    }

    [Test]
    public async Task A_terminal_shows_what_is_typed_and_has_its_size(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var data = (string)(await legacy.Client.CallAsync(cancellationToken, "terminal_subscribe", "onData", "t"))!;
        var exit = (string)(await legacy.Client.CallAsync(cancellationToken, "terminal_subscribe", "onExit", "t"))!;

        (await legacy.Client.CallAsync(cancellationToken, "terminal_start", "t", 91, 33)).ToString().Should().Be("t");
        await legacy.Client.CallAsync(cancellationToken, "terminal_data", "t", "stty size\n");
        await TextAsync(legacy, data, "33 91", cancellationToken);
        await legacy.Client.CallAsync(cancellationToken, "terminal_resize", "t", 100, 40);
        await legacy.Client.CallAsync(cancellationToken, "terminal_data", "t", "stty size\n");
        await TextAsync(legacy, data, "40 100", cancellationToken);
        await legacy.Client.CallAsync(cancellationToken, "terminal_destroy", "t");

        (await legacy.Client.NotifiedAsync(exit, _ => true, cancellationToken)).Should().BeEmpty();
        (await legacy.Client.FailAsync(cancellationToken, "terminal_data", "t", "x")).Message.Should().Be("error finding terminal 't'");
    }

    [TestCase("  sl  local_address rem_address   st", null, 0, "")]
    [TestCase("   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000", "127.0.0.1", 3000, "LISTEN")]
    [TestCase("   1: 00000000000000000000000001000000:1F90 0:0 01 0", "::1", 8080, "ESTABLISHED")]
    [TestCase("   2: 0000000000000000FFFF00000100007F:1F90 0:0 0A 0", "127.0.0.1", 8080, "LISTEN")]
    public void Lines_of_the_table_of_connections_are_read(string line, string? ip, int port, string state)
    {
        var read = PortMethods.ReadLine(line);

        if (ip is null) read.Should().BeNull();
        else read.Should().BeEquivalentTo(new Dictionary<string, object?> { ["Ip"] = ip, ["Port"] = port, ["State"] = state });
    }

    [Test]
    public void Lines_are_found_wherever_the_output_is_cut()
    {
        byte[] output = [.. "é\r\n\nlast"u8];
        for (var cut = 0; cut <= output.Length; cut++)
        {
            var splitter = new LineSplitter();
            string?[] lines = [.. splitter.Add(output.AsMemory(0, cut)), .. splitter.Add(output.AsMemory(cut)), splitter.Complete()];
            lines.Should().Equal("é", "", "last");
        }
    }

    private static async Task<(string Output, string Error, string Exit)> SubscribeAsync(
        LegacyServer legacy, string id, CancellationToken cancellationToken)
    {
        var output = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onStdout", id))!;
        var error = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onStderr", id))!;
        var exit = (string)(await legacy.Client.CallAsync(cancellationToken, "process_subscribe", "onExit", id))!;
        return (output, error, exit);
    }

    // The text may come in any pieces.
    private static Task TextAsync(LegacyServer legacy, string subscription, string text, CancellationToken cancellationToken) =>
        legacy.Client.NotifiedAsync(
            subscription,
            _ => string.Concat(legacy.Client.Notifications(subscription)).Contains(text, StringComparison.Ordinal),
            cancellationToken);
}
