using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Tests.Envd;
using KernelGateway.AspNetCore.Tests.Jupyter.Contents;
using KernelGateway.AspNetCore.Tests.Legacy;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Logging;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Auditing;

/// <summary>The audit log of files, commands and terminals.</summary>
[Platform("Linux")]
[CancelAfter(60_000)]
public sealed class SandboxAuditTests
{
    private const int UsedFile = 5404;
    private const int MovedFile = 5405;
    private const int Started = 5406;
    private const int UsedProcess = 5407;
    private const int Configured = 5408;

    [Test]
    public async Task Files_are_logged_with_token_operation_and_path_and_without_content(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(http => http.Audit = true);
        var path = server.PathOf("a.txt");
        await server.UploadAsync(path, "secret"u8.ToArray(), cancellationToken);

        (await server.Client.GetAsync($"/files?path={path}", cancellationToken)).Dispose();
        await server.AnswerAsync("Stat", new JObject { ["path"] = path }, cancellationToken);
        await server.AnswerAsync("MakeDir", new JObject { ["path"] = server.PathOf("d") }, cancellationToken);
        await server.AnswerAsync("ListDir", new JObject { ["path"] = server.Folder }, cancellationToken);
        await server.AnswerAsync(
            "Move", new JObject { ["source"] = path, ["destination"] = server.PathOf("d/b\n.txt") }, cancellationToken);
        await server.AnswerAsync("CreateWatcher", new JObject { ["path"] = server.PathOf("d") }, cancellationToken);
        await server.AnswerAsync("Remove", new JObject { ["path"] = server.PathOf("d") }, cancellationToken);
        (await server.CallAsync("Stat", new JObject { ["path"] = server.PathOf("none") }, cancellationToken)).Dispose();

        var lines = Lines(server.Gateway.Log);
        UsedFiles(lines).Should().Equal(
            ("write", path),
            ("read", path),
            ("stat", path),
            ("make directory", server.PathOf("d")),
            ("list", server.Folder),
            ("watch", server.PathOf("d")),
            ("remove", server.PathOf("d")));
        var moved = lines.Single(line => line.EventId.Id == MovedFile);
        moved["Path"].Should().Be(path);
        moved["TargetPath"].Should().Be(server.PathOf("d/b\\u000a.txt"), "a line break would begin another line of the log");
        lines.Should().OnlyContain(
            line => (string)line["TokenName"]! == "default" && (string)line["RemoteAddress"]! == "127.0.0.1");
        lines.Should().NotContain(line => line.ToString().Contains("secret"));
    }

    [Test]
    public async Task Commands_are_logged_with_the_hash_of_their_words_and_input_once(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(http => http.Audit = true);
        var command = new JObject { ["cmd"] = "sh", ["args"] = new JArray("-c", "cat # ü") };
        using var stream = await server.StreamAsync(
            "/process.Process/Start", new JObject { ["process"] = command }, cancellationToken);
        var processId = (int)(await stream.ReadAsync(cancellationToken))["event"]!["start"]!["pid"]!;

        foreach (var text in (string[])["typed", "more"])
        {
            var input = new JObject { ["stdin"] = Base64(text) };
            await CallAsync(server, "SendInput", processId, ("input", input), cancellationToken);
        }

        await CallAsync(server, "SendSignal", processId, ("signal", "SIGNAL_SIGKILL"), cancellationToken);

        var lines = Lines(server.Gateway.Log);
        var started = lines.Single(line => line.EventId.Id == Started);
        (started["ProcessKind"], started["ProcessId"], started["CommandBytes"]).Should().Be(("command", processId, 15));
        started["CommandHash"].Should().Be(Convert.ToHexStringLower(SHA256.HashData("sh\0-c\0cat # ü\0"u8)));
        Operations(lines).Should().Equal("input", "kill");
        lines.Should().NotContain(line => line.ToString().Contains("cat") || line.ToString().Contains("typed"));
    }

    [Test]
    public async Task Changed_settings_are_logged_by_name(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(http => http.Audit = true);

        using var response = await server.Client.PostJsonAsync(
            "/init", JObject.Parse("""{"envVars": {"A": "secret"}, "defaultWorkdir": "/tmp"}"""), cancellationToken);

        Lines(server.Gateway.Log).Single(line => line.EventId.Id == Configured)["Settings"]
            .Should().Be("envVars, defaultWorkdir");
    }

    [Test]
    public async Task Contents_and_terminals_of_Jupyter_clients_are_logged(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync(http: http => http.Audit = true);
        const string Content = """{"type": "file", "format": "text", "content": "secret"}""";
        (await served.SendAsync("PUT", "a.txt", cancellationToken, Content)).Dispose();
        (await served.SendAsync("PATCH", "a.txt", cancellationToken, """{"path": "b.txt"}""")).Dispose();
        await served.GetAsync("b.txt", cancellationToken);
        (await served.Client.GetAsync("/files/b.txt", cancellationToken)).Dispose();
        (await served.SendAsync("DELETE", "b.txt", cancellationToken)).Dispose();
        (await served.Client.PostJsonAsync("/api/terminals", new JObject { ["name"] = "mine" }, cancellationToken)).Dispose();
        (await served.Client.DeleteAsync("/api/terminals/mine", cancellationToken)).Dispose();

        var lines = Lines(served.Server.Log);
        UsedFiles(lines).Should().Equal(
            ("write", served.PathOf("a.txt")),
            ("read", served.PathOf("b.txt")),
            ("read", served.PathOf("b.txt")),
            ("remove", served.PathOf("b.txt")));
        var moved = lines.Single(line => line.EventId.Id == MovedFile);
        (moved["Path"], moved["TargetPath"]).Should().Be((served.PathOf("a.txt"), served.PathOf("b.txt")));
        lines.Single(line => line.EventId.Id == Started)["ProcessKind"].Should().Be("terminal");
        Operations(lines).Should().Equal("kill");
    }

    [Test]
    public async Task Calls_of_the_first_generation_are_logged(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken, http => http.Audit = true);
        var path = legacy.PathOf("a.txt");
        await legacy.Client.CallAsync(cancellationToken, "filesystem_write", path, "secret");
        await legacy.Client.CallAsync(cancellationToken, "filesystem_read", path);
        await legacy.Client.CallAsync(cancellationToken, "process_start", "p", "cat", new JObject(), "/");
        await legacy.Client.CallAsync(cancellationToken, "process_stdin", "p", "typed\n");
        await legacy.Client.CallAsync(cancellationToken, "process_kill", "p");

        var lines = Lines(legacy.Server.Log);
        UsedFiles(lines).Should().Equal(("write", path), ("read", path));
        lines.Should().Contain(line => line.EventId.Id == Started);
        Operations(lines).Should().Equal("input", "kill");
        lines.Should().OnlyContain(line => (string)line["TokenName"]! == "none");
    }

    [Test]
    public async Task Nothing_is_logged_unless_it_is_turned_on(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        await server.UploadAsync(server.PathOf("a.txt"), "x"u8.ToArray(), cancellationToken);

        Lines(server.Gateway.Log).Should().BeEmpty();
    }

    private static async Task CallAsync(
        EnvdServer server,
        string method,
        int processId,
        (string Name, JToken Value) argument,
        CancellationToken cancellationToken)
    {
        var request = new JObject { ["process"] = new JObject { ["pid"] = processId }, [argument.Name] = argument.Value };
        using var response = await server.Client.PostJsonAsync($"/process.Process/{method}", request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static IEnumerable<(object?, object?)> UsedFiles(IEnumerable<LogEntry> lines) =>
        lines.Where(line => line.EventId.Id == UsedFile).Select(line => (line["Operation"], line["Path"]));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static IEnumerable<object?> Operations(IEnumerable<LogEntry> lines) =>
        lines.Where(line => line.EventId.Id == UsedProcess).Select(line => line["Operation"]);

    private static List<LogEntry> Lines(LogCollector log) => [.. log.Entries.Where(entry => entry.Category == AuditLog.Category)];
}
