using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Time;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Filesystem;

public class WatchTests
{
    private const int TestTimeout = 60_000;
    private const string Watch = "/filesystem.Filesystem/WatchDir";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Upload_of_a_new_file_is_exactly_create_chmod_and_write(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var id = await CreateWatcherAsync(server, cancellationToken);

        await server.UploadAsync(server.PathOf("new.txt"), "content"u8.ToArray(), cancellationToken);
        var created = await TakeAsync(server, id, cancellationToken);
        await server.UploadAsync(server.PathOf("new.txt"), "other"u8.ToArray(), cancellationToken);
        var overwritten = await TakeAsync(server, id, cancellationToken);

        created.Should().Equal("new.txt EVENT_TYPE_CREATE", "new.txt EVENT_TYPE_CHMOD", "new.txt EVENT_TYPE_WRITE");
        // The file is emptied and written: one event or two, as the reader of the events is slow or fast.
        overwritten.Distinct().Should().Equal("new.txt EVENT_TYPE_CHMOD", "new.txt EVENT_TYPE_WRITE");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Upload_of_a_form_into_a_new_directory_is_seen_by_a_recursive_watch(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var id = await CreateWatcherAsync(server, cancellationToken, recursive: true);

        await server.AnswerAsync("MakeDir", new() { ["path"] = server.PathOf("sub") }, cancellationToken);
        await server.UploadAsync(server.PathOf("sub/file.txt"), "x"u8.ToArray(), cancellationToken);

        var events = await TakeAsync(server, id, cancellationToken);
        events.Should().Contain("sub EVENT_TYPE_CREATE").And.Contain("sub/file.txt EVENT_TYPE_CREATE");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stream_starts_when_the_directory_is_watched_and_then_has_the_events(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var stream = await server.StreamAsync(
            Watch, new() { ["path"] = server.Folder, ["includeEntry"] = true }, cancellationToken);

        var start = await stream.ReadAsync(cancellationToken);
        await server.AnswerAsync("MakeDir", new() { ["path"] = server.PathOf("made") }, cancellationToken);
        var created = (await stream.ReadAsync(cancellationToken))["filesystem"]!;

        start.ToString(Formatting.None).Should().Be("""{"start":{}}""");
        ((string?)created["name"]).Should().Be("made");
        ((string?)created["type"]).Should().Be("EVENT_TYPE_CREATE");
        ((string?)created["entry"]!["path"]).Should().Be(server.PathOf("made"));
    }

    [TestCase("none", "not_found", "path {0}/none not found: no such file or directory")]
    [TestCase("file", "invalid_argument", "path {0}/file not a directory: not a directory")]
    [CancelAfter(TestTimeout)]
    public async Task Stream_of_what_cannot_be_watched_ends_at_once(
        string name, string code, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("file"), "", cancellationToken);

        using var stream = await server.StreamAsync(Watch, new() { ["path"] = server.PathOf(name) }, cancellationToken);

        var error = (await stream.ReadEndAsync(cancellationToken))!;
        ((string?)error["code"]).Should().Be(code);
        ((string?)error["message"]).Should().Be(message.Replace("{0}", server.Folder, StringComparison.Ordinal));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Removed_and_unknown_watchers_are_not_found(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var id = await CreateWatcherAsync(server, cancellationToken);
        id.Should().MatchRegex("^w[a-z0-9]{20}$");

        await server.AnswerAsync("RemoveWatcher", new() { ["watcherId"] = id }, cancellationToken);
        using var removed = await server.CallAsync("RemoveWatcher", new() { ["watcherId"] = id }, cancellationToken);
        using var events = await server.CallAsync("GetWatcherEvents", new() { ["watcherId"] = id }, cancellationToken);

        removed.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await events.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            $$"""{"code":"not_found","message":"watcher with id {{id}} not found"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Watcher_that_nobody_asks_for_an_hour_is_removed_with_the_next_one(CancellationToken cancellationToken)
    {
        var time = new ManualTimeProvider();
        await using var server = await EnvdServer.StartAsync(time: time);
        var abandoned = await CreateWatcherAsync(server, cancellationToken);

        time.Advance(TimeSpan.FromMinutes(61));
        await CreateWatcherAsync(server, cancellationToken);

        using var events = await server.CallAsync("GetWatcherEvents", new() { ["watcherId"] = abandoned }, cancellationToken);
        events.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private static async Task<string> CreateWatcherAsync(
        EnvdServer server, CancellationToken cancellationToken, bool recursive = false)
    {
        var request = new JObject { ["path"] = server.Folder, ["recursive"] = recursive };
        return (string)(await server.AnswerAsync("CreateWatcher", request, cancellationToken))["watcherId"]!;
    }

    private static async Task<IEnumerable<string>> TakeAsync(EnvdServer server, string id, CancellationToken cancellationToken)
    {
        var answer = await server.AnswerAsync("GetWatcherEvents", new() { ["watcherId"] = id }, cancellationToken);
        return (answer["events"] ?? new JArray()).Select(happened => $"{happened["name"]} {happened["type"]}");
    }
}
