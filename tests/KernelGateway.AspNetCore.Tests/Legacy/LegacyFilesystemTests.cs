using FluentAssertions;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Legacy;

/// <summary>The service <c>filesystem</c> of the first generation.</summary>
[CancelAfter(30_000)]
[Platform("Linux")]
public sealed class LegacyFilesystemTests
{
    [Test]
    public async Task Text_and_bytes_are_written_and_read(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var client = legacy.Client;

        await client.CallAsync(cancellationToken, "filesystem_write", legacy.PathOf("t"), "žluťoučký");
        await client.CallAsync(cancellationToken, "filesystem_writeBase64", legacy.PathOf("b"), Convert.ToBase64String([0, 255, 128]));

        ((string)(await client.CallAsync(cancellationToken, "filesystem_read", legacy.PathOf("t")))!).Should().Be("žluťoučký");
        ((string)(await client.CallAsync(cancellationToken, "filesystem_read", legacy.PathOf("b")))!).Should().Be("\0\uFFFD\uFFFD");
        ((string)(await client.CallAsync(cancellationToken, "filesystem_readBase64", legacy.PathOf("b")))!).Should().Be("AP+A");
    }

    [Test]
    public async Task A_directory_is_listed_by_name(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        Directory.CreateDirectory(legacy.PathOf("b"));
        await File.WriteAllTextAsync(legacy.PathOf("a"), "", cancellationToken);
        File.CreateSymbolicLink(legacy.PathOf("c"), legacy.PathOf("b"));

        var list = await legacy.Client.CallAsync(cancellationToken, "filesystem_list", legacy.Directory);

        JToken.DeepEquals(list, JArray.Parse("""[{"name":"a","isDir":false},{"name":"b","isDir":true},{"name":"c","isDir":false}]"""))
            .Should().BeTrue(list.ToString());
        (await legacy.Client.CallAsync(cancellationToken, "filesystem_list", legacy.PathOf("b"))).Type.Should().Be(JTokenType.Array);
    }

    [Test]
    public async Task Failures_have_the_words_of_the_daemon(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var missing = legacy.PathOf("missing/x");

        (await legacy.Client.FailAsync(cancellationToken, "filesystem_write", missing, "")).Should().Be(
            (-32000, $"error writing to file '{missing}': open {missing}: no such file or directory"));
        (await legacy.Client.FailAsync(cancellationToken, "filesystem_read", missing)).Should().Be(
            (-32000, $"error reading file '{missing}': open {missing}: no such file or directory"));
        (await legacy.Client.FailAsync(cancellationToken, "filesystem_list", missing)).Should().Be(
            (-32000, $"error listing files in '{missing}': open {missing}: no such file or directory"));
        (await legacy.Client.FailAsync(cancellationToken, "filesystem_writeBase64", legacy.PathOf("x"), "?")).Message
            .Should().StartWith("error decoding bytes from base64");
        (await legacy.Client.FailAsync(cancellationToken, "filesystem_subscribe", "watchDir", missing)).Message
            .Should().Be($"error adding path to dwatcher: '{missing}': doesn't exist. Only existing paths are supported");
    }

    [Test]
    public async Task Directories_are_made_twice_and_removed_twice(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        for (var i = 0; i < 2; i++) await legacy.Client.CallAsync(cancellationToken, "filesystem_makeDir", legacy.PathOf("a/b"));
        Directory.Exists(legacy.PathOf("a/b")).Should().BeTrue();

        for (var i = 0; i < 2; i++) await legacy.Client.CallAsync(cancellationToken, "filesystem_remove", legacy.PathOf("a"));
        Directory.Exists(legacy.PathOf("a")).Should().BeFalse();
    }

    [Test]
    public async Task A_watch_reports_create_and_write_of_a_new_file_and_first_write_of_an_existing_one(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);
        var watch = (string)(await legacy.Client.CallAsync(cancellationToken, "filesystem_subscribe", "watchDir", legacy.Directory + "/"))!;

        await legacy.Client.CallAsync(cancellationToken, "filesystem_write", legacy.PathOf("f"), "1");
        await legacy.Client.NotifiedAsync(watch, one => (string?)one["operation"] == "Write", cancellationToken);
        var created = legacy.Client.Notifications(watch);
        await legacy.Client.CallAsync(cancellationToken, "filesystem_write", legacy.PathOf("f"), "2");
        // A write whose file has gone before it was looked at is not reported.
        var time = (long)created[^1]["timestamp"]!;
        await legacy.Client.NotifiedAsync(watch, one => (string?)one["operation"] == "Write" && (long)one["timestamp"]! > time, cancellationToken);
        await legacy.Client.CallAsync(cancellationToken, "filesystem_remove", legacy.PathOf("f"));
        await legacy.Client.NotifiedAsync(watch, one => (string?)one["operation"] == "Remove", cancellationToken);

        created.Select(one => (string?)one["operation"]).Should().Equal("Create", "Write");
        created[0]["path"]!.ToString().Should().Be(legacy.PathOf("f"));
        created[0]["name"]!.ToString().Should().Be("f");
        created[0]["isDir"]!.Type.Should().Be(JTokenType.Boolean);
        ((long)created[0]["timestamp"]!).Should().BeGreaterThan(1_700_000_000_000_000_000);
        // The file is emptied and written: one event or two, as the reader of the events is slow or fast.
        legacy.Client.Notifications(watch).Skip(created.Count).Select(one => (string?)one["operation"]).Distinct()
            .Should().Equal("Write", "Remove");
    }

    [Test]
    public async Task The_kernel_of_the_code_interpreter_is_named_in_its_file(CancellationToken cancellationToken)
    {
        await using var legacy = await LegacyServer.StartAsync(cancellationToken);

        var id = (string)(await legacy.Client.CallAsync(cancellationToken, "filesystem_read", "/root/.jupyter/kernel_id"))!;

        legacy.Server.Gateway.Contexts.List().Select(context => context.Id + "\n").Should().Equal(id);
    }
}
