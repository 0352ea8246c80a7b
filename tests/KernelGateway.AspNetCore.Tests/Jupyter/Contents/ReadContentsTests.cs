using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
public class ReadContentsTests
{
    private const int TestTimeout = 60_000;

    private static readonly string[] Fields =
    [
        "name", "path", "last_modified", "created", "content", "format", "mimetype", "size", "writable", "hash", "hash_algorithm", "type",
    ];

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Text_file_is_answered_with_its_model(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var path = served.Create("sub/grüße.txt", "ä\n\"\u2028");
        File.SetLastWriteTimeUtc(path, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc).AddTicks(1_234_560));

        using var response = await served.Client.GetAsync("/api/contents/sub/gr%C3%BC%C3%9Fe.txt", cancellationToken);
        var model = await response.ObjectAsync(HttpStatusCode.OK, cancellationToken);

        model.Properties().Select(field => field.Name).Should().Equal(Fields);
        model.Should().BeEquivalentTo(new JObject
        {
            ["name"] = "grüße.txt",
            ["path"] = "sub/grüße.txt",
            ["last_modified"] = "2024-05-06T07:08:09.123456Z",
            ["created"] = model["created"],
            ["content"] = "ä\n\"\u2028",
            ["format"] = "text",
            ["mimetype"] = "text/plain",
            ["size"] = 7,
            ["writable"] = true,
            ["hash"] = null,
            ["hash_algorithm"] = null,
            ["type"] = "file",
        });
        response.Content.Headers.LastModified!.Value.UtcDateTime.Should().Be(new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Time_in_whole_seconds_has_no_fraction(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        File.SetLastWriteTimeUtc(served.Create("a"), new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));

        var model = await served.GetAsync("a?content=0", cancellationToken);

        model["last_modified"]!.Value<string>().Should().Be("2024-05-06T07:08:09Z");
        DateTimeOffset.Parse(model["created"]!.Value<string>()!, CultureInfo.InvariantCulture).Should().BeAfter(DateTimeOffset.UnixEpoch);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Model_without_content_has_neither_content_nor_format(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a.unknown", "text");

        var model = await served.GetAsync("a.unknown?content=0&hash=0&type=file", cancellationToken);

        model.Properties().Select(field => field.Name).Should().Equal(Fields);
        foreach (var name in new[] { "content", "format", "mimetype", "hash" }) model[name]!.Type.Should().Be(JTokenType.Null, name);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Bytes_that_are_not_UTF8_come_in_Base64_with_lines_of_76_characters(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var bytes = Enumerable.Range(0, 200).Select(number => (byte)number).ToArray();
        await File.WriteAllBytesAsync(served.PathOf("a"), bytes, cancellationToken);

        var model = await served.GetAsync("a", cancellationToken);

        model["format"]!.Value<string>().Should().Be("base64");
        model["mimetype"]!.Value<string>().Should().Be("application/octet-stream");
        var lines = model["content"]!.Value<string>()!.Split('\n');
        lines.Select(line => line.Length).Should().Equal(76, 76, 76, 40, 0);
        Convert.FromBase64String(string.Concat(lines)).Should().Equal(bytes);
    }

    [TestCase("", "text", "")]
    [TestCase("?format=base64", "base64", "")]
    [CancelAfter(TestTimeout)]
    public async Task Empty_file_has_an_empty_content(string query, string format, string content, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a");

        var model = await served.GetAsync("a" + query, cancellationToken);

        model["format"]!.Value<string>().Should().Be(format);
        model["content"]!.Value<string>().Should().Be(content);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Characters_that_lie_across_the_buffers_border_arrive_whole(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        for (var shift = 0; shift < 4; shift++)
        {
            var text = new string('x', shift) + string.Concat(Enumerable.Repeat("\U0001F600ä€\u0001\"", 30_000));
            served.Create("a", text);

            var asText = await served.GetAsync("a?hash=1", cancellationToken);
            var asBytes = await served.GetAsync("a?format=base64", cancellationToken);

            asText["content"]!.Value<string>().Should().Be(text);
            asText["hash"]!.Value<string>().Should().Be(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
            asText["hash_algorithm"]!.Value<string>().Should().Be("sha256");
            Encoding.UTF8.GetString(Convert.FromBase64String(asBytes["content"]!.Value<string>()!)).Should().Be(text);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Hash_can_be_asked_for_without_the_content(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        await File.WriteAllBytesAsync(served.PathOf("a"), [0xFF, 0xC3], cancellationToken);

        var model = await served.GetAsync("a?content=0&hash=1", cancellationToken);

        model["hash"]!.Value<string>().Should().Be(Convert.ToHexStringLower(SHA256.HashData([0xFF, 0xC3])));
        model["content"]!.Type.Should().Be(JTokenType.Null);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_lists_the_models_of_what_Jupyter_shows(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        foreach (var name in new[] { "a.txt", "b.ipynb", "sub/c", ".hidden", "d.pyc", "e~", "__pycache__/f", "g.so" }) served.Create(name, "x");
        File.CreateSymbolicLink(served.PathOf("inside"), "a.txt");
        File.CreateSymbolicLink(served.PathOf("outside"), served.Outside);
        using var pipe = System.Diagnostics.Process.Start("mkfifo", served.PathOf("pipe"));
        await pipe.WaitForExitAsync(cancellationToken);

        var model = await served.GetAsync("?content=1&hash=0", cancellationToken);
        var content = (JArray)model["content"]!;

        model["name"]!.Value<string>().Should().BeEmpty();
        model["path"]!.Value<string>().Should().BeEmpty();
        model["type"]!.Value<string>().Should().Be("directory");
        model["format"]!.Value<string>().Should().Be("json");
        model["size"]!.Type.Should().Be(JTokenType.Null);
        content.Select(child => $"{child["type"]} {child["path"]}").Should().Equal(
            "file a.txt", "notebook b.ipynb", "file inside", "directory sub");
        ((JObject)content[0]).Properties().Select(field => field.Name).Should().Equal(Fields);
        content[0]["size"]!.Value<int>().Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_below_has_paths_from_the_served_one_on_and_none_without_content(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a/b/c.txt");

        var listed = await served.GetAsync("a/b", cancellationToken);
        var shown = await served.GetAsync("a/b?content=0&type=directory", cancellationToken);
        var empty = await served.GetAsync("a%2Fb%2Fc.txt", cancellationToken);

        listed["content"]![0]!["path"]!.Value<string>().Should().Be("a/b/c.txt");
        shown["content"]!.Type.Should().Be(JTokenType.Null);
        shown["format"]!.Type.Should().Be(JTokenType.Null);
        empty["path"]!.Value<string>().Should().Be("a/b/c.txt", "an escaped slash is a slash");
    }

    [Test]
    [Category("Slow")]
    [CancelAfter(TestTimeout)]
    public async Task Ten_thousand_files_are_listed(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        for (var number = 0; number < 10_000; number++) File.Create(served.PathOf($"{number}")).Dispose();

        var model = await served.GetAsync("", cancellationToken);

        model["content"]!.Count().Should().Be(10_000);
    }

    [TestCase("missing", HttpStatusCode.NotFound, "file or directory does not exist: 'missing'")]
    [TestCase("a/below", HttpStatusCode.NotFound, "file or directory does not exist: 'a/below'")]
    [TestCase(".hidden", HttpStatusCode.NotFound, "file or directory does not exist: '.hidden'")]
    [TestCase(".dir/b", HttpStatusCode.NotFound, "file or directory does not exist: '.dir/b'")]
    [TestCase("a?format=json", HttpStatusCode.BadRequest, "Format 'json' is invalid")]
    [TestCase("a?content=2", HttpStatusCode.BadRequest, "Content '2' is invalid")]
    [TestCase("a?hash=yes", HttpStatusCode.BadRequest, "Hash 'yes' is invalid")]
    [TestCase("a%00b", HttpStatusCode.BadRequest, null)]
    [TestCase("outside/secret", HttpStatusCode.NotFound, "outside/secret is outside root contents directory")]
    [TestCase("outside", HttpStatusCode.NotFound, "outside is outside root contents directory")]
    [TestCase("%2E%2E%2Fserved-not%2Fsecret", HttpStatusCode.NotFound, null)]
    [TestCase("pipe", HttpStatusCode.BadRequest, "Cannot read non-file pipe")]
    [TestCase("loop", HttpStatusCode.BadRequest, "loop is a link that leads to itself.")]
    [TestCase("dangling", HttpStatusCode.NotFound, null)]
    [CancelAfter(TestTimeout)]
    public async Task Path_that_cannot_be_read_gets_an_error(
        string path, HttpStatusCode status, string? expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        foreach (var name in new[] { "a", ".hidden", ".dir/b" }) served.Create(name);
        await File.WriteAllTextAsync(Path.Combine(served.Outside, "secret"), "secret", cancellationToken);
        File.CreateSymbolicLink(served.PathOf("outside"), "../served-not");
        File.CreateSymbolicLink(served.PathOf("loop"), "loop");
        File.CreateSymbolicLink(served.PathOf("dangling"), "nowhere");
        using var pipe = System.Diagnostics.Process.Start("mkfifo", served.PathOf("pipe"));
        await pipe.WaitForExitAsync(cancellationToken);

        using var response = await served.Client.GetAsync("/api/contents/" + path, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);

        response.StatusCode.Should().Be(status, text);
        text.Should().NotContain("\"secret\"").And.NotContain(served.Root);
        if (expected is not null) ((JObject)HttpCalls.Parse(text))["message"]!.Value<string>().Should().Be(expected);
    }

    [TestCase("sub?type=file", "sub is a directory, not a file", "bad type")]
    [TestCase("sub?type=notebook", "sub is a directory, not a notebook", "bad type")]
    [TestCase("sub/a?type=directory", "sub/a is not a directory", "bad type")]
    [TestCase("sub/a?format=text", "sub/a is not UTF-8 encoded", "bad format")]
    [CancelAfter(TestTimeout)]
    public async Task Type_and_format_that_do_not_fit_are_400_with_their_reason(
        string path, string message, string reason, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("sub/b");
        await File.WriteAllBytesAsync(served.PathOf("sub/a"), [0xFF], cancellationToken);

        (await served.FailAsync("GET", path, HttpStatusCode.BadRequest, cancellationToken, reason: reason)).Should().Be(message);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Name_that_is_not_UTF8_is_listed_and_leads_to_the_file(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        using var shell = System.Diagnostics.Process.Start("/bin/bash", ["-c", $"echo latin > {served.Root}/$'na\\xefve'"]);
        await shell.WaitForExitAsync(cancellationToken);

        var listed = await served.GetAsync("", cancellationToken);
        var path = listed["content"]![0]!["path"]!.Value<string>()!;
        var model = await served.GetAsync(Uri.EscapeDataString(path), cancellationToken);

        path.Should().Be("na\uEFEFve");
        model["content"]!.Value<string>().Should().Be("latin\n");

        // .NET cannot delete it.
        using var deleted = await served.SendAsync("DELETE", Uri.EscapeDataString(path), cancellationToken);
        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Without_sandbox_services_there_are_no_such_routes(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync(servesFiles: false);
        served.Create("a");

        await served.FailAsync("GET", "a", HttpStatusCode.NotFound, cancellationToken);
        var me = await served.Client.GetTokenAsync("/api/me?permissions={\"contents\":[\"read\"]}", cancellationToken);

        me["permissions"]!["contents"]!.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_may_ask_which_permissions_it_has(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var me = await served.Client.GetTokenAsync("/api/me?permissions={\"contents\":[\"read\",\"write\",\"execute\"],\"terminals\":[\"execute\"]}", cancellationToken);

        me["permissions"]!["contents"]!.Values<string>().Should().Equal("read", "write");
        me["permissions"]!["terminals"]!.Values<string>().Should().Equal("execute");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task List_of_export_formats_that_JupyterLab_asks_for_is_empty(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        (await served.Client.GetTokenAsync("/api/nbconvert", cancellationToken)).Should().BeEmpty();
    }
}
