using System.Net;
using System.Runtime.Versioning;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Filesystem;

/// <summary>More changes than are kept for a client that does not take them.</summary>
[Category("Slow")]
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public class WatchOverflowTests
{
    private const int TestTimeout = 120_000;

    // 65,536 is the default of WatchOptions.MaxPendingEvents.
    private const int TooMany = 65_536 + 1_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Polled_watch_gives_what_came_before_and_then_an_error(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await CreateFilesAsync(server, cancellationToken);
        var created = await server.AnswerAsync("CreateWatcher", new() { ["path"] = server.Folder }, cancellationToken);
        var request = new JObject { ["watcherId"] = created["watcherId"] };

        for (var change = 0; change < TooMany; change++) Change(server, change);
        var known = await server.AnswerAsync("GetWatcherEvents", request, cancellationToken);
        using var first = await server.CallAsync("GetWatcherEvents", request, cancellationToken);
        using var second = await server.CallAsync("GetWatcherEvents", request, cancellationToken);

        var names = known["events"]!.Select(happened => (string?)happened["name"]).ToArray();
        names.Should().HaveCountGreaterThan(1_000).And.HaveCountLessThanOrEqualTo(TooMany);
        names.Where((name, index) => name != NameOf(index)).Should().BeEmpty("what came before the loss is complete");
        first.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        (await first.Content.ReadAsStringAsync(cancellationToken)).Should().Be(LossOf(server).ToString(Formatting.None));
        second.StatusCode.Should().Be(HttpStatusCode.InternalServerError, "the watch stays unusable until it is made again");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stream_of_a_client_that_does_not_read_ends_with_an_error(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await CreateFilesAsync(server, cancellationToken);
        using var stream = await server.StreamAsync("/filesystem.Filesystem/WatchDir", new() { ["path"] = server.Folder }, cancellationToken);
        await stream.ReadAsync(cancellationToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // What the sockets take is not lost, so the changes go on until the end has come.
        var changing = Task.Run(
            () =>
            {
                for (var change = 0; !ended.IsCancellationRequested; change++) Change(server, change);
            },
            CancellationToken.None);
        var error = await ReadErrorAsync(stream, cancellationToken);
        await ended.CancelAsync();
        await changing;

        error.ToString(Formatting.None).Should().Be(LossOf(server).ToString(Formatting.None));
    }

    private static async Task<JToken> ReadErrorAsync(EnvelopeStream stream, CancellationToken cancellationToken)
    {
        for (var index = 0; ; index++)
        {
            var (flags, message) = await stream.ReadRawAsync(cancellationToken);
            var read = HttpCalls.Parse(Encoding.UTF8.GetString(message));
            if (flags == EnvelopeStream.EndFlag) return read["error"]!;
            ((string?)read["filesystem"]!["name"]).Should().Be(NameOf(index));
        }
    }

    private static async Task CreateFilesAsync(EnvdServer server, CancellationToken cancellationToken)
    {
        for (var index = 0; index < 2; index++) await File.WriteAllTextAsync(server.PathOf(NameOf(index)), "", cancellationToken);
    }

    // Equal events that follow each other are one event of the kernel, so two files take turns.
    private static void Change(EnvdServer server, int number) =>
        File.SetUnixFileMode(server.PathOf(NameOf(number)), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private static string NameOf(int number) => number % 2 == 0 ? "a" : "b";

    private static JObject LossOf(EnvdServer server) => new()
    {
        ["code"] = "internal",
        ["message"] = $"events of {server.Folder} were lost; list the directory and watch it again",
    };
}
