using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class SaveContentsTests
{
    private const int TestTimeout = 60_000;
    private const int Private = 0x180;                // 0600

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task New_text_file_is_201_and_an_existing_one_200(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        const string First = """{"type": "file", "format": "text", "content": "grüße\n", "path": "a b.txt", "name": "ignored"}""";

        using var created = await served.SendAsync("PUT", "a%20b.txt", cancellationToken, First);
        var model = await created.ObjectAsync(HttpStatusCode.Created, cancellationToken);
        var again = await served.SendAsync(
            "PUT", "a%20b.txt", HttpStatusCode.OK, cancellationToken, """{"type": "file", "format": "text", "content": ""}""");

        model["path"]!.Value<string>().Should().Be("a b.txt");
        model["size"]!.Value<int>().Should().Be(8);
        model["content"]!.Type.Should().Be(JTokenType.Null);
        model["format"]!.Type.Should().Be(JTokenType.Null);
        created.Headers.Location!.OriginalString.Should().Be("/api/contents/a%20b.txt");
        again["size"]!.Value<int>().Should().Be(0);
        served.Read("a b.txt").Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Saved_file_keeps_its_mode_and_a_link_to_it_stays_a_link(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var path = served.Create("a", "before");
        File.SetUnixFileMode(path, (UnixFileMode)Private);
        File.CreateSymbolicLink(served.PathOf("link"), "a");

        await served.SendAsync("PUT", "link", HttpStatusCode.OK, cancellationToken, """{"type": "file", "format": "text", "content": "after"}""");

        served.Read("a").Should().Be("after");
        File.GetUnixFileMode(path).Should().Be((UnixFileMode)Private);
        new FileInfo(served.PathOf("link")).LinkTarget.Should().Be("a");
        Directory.GetFiles(served.Root).Should().HaveCount(2, "no temporary file is left");
    }

    [TestCase("AAEC/w==", new byte[] { 0, 1, 2, 255 })]
    [TestCase("AAEC\\n/w==\\n", new byte[] { 0, 1, 2, 255 })]
    [TestCase("A A!E C", new byte[] { 0, 1, 2 })]
    [TestCase("AA==AAAA", new byte[] { 0 })]
    [TestCase("", new byte[0])]
    [CancelAfter(TestTimeout)]
    public async Task Base64_is_decoded_as_Python_does_it(string content, byte[] expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        await served.SendAsync(
            "PUT", "a", HttpStatusCode.Created, cancellationToken, $$"""{"type": "file", "format": "base64", "content": "{{content}}"}""");

        File.ReadAllBytes(served.PathOf("a")).Should().Equal(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Large_content_is_saved_whole_in_both_forms(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var text = string.Concat(Enumerable.Repeat("0123456789äöü\U0001F600", 100_000));
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        foreach (var (format, content) in new[] { ("text", text), ("base64", Convert.ToBase64String(bytes)) })
        {
            var body = new JObject { ["type"] = "file", ["format"] = format, ["content"] = content };
            using var response = await served.Client.SendAsync("PUT", "/api/contents/" + format, cancellationToken, body);

            response.StatusCode.Should().Be(HttpStatusCode.Created);
            File.ReadAllBytes(served.PathOf(format)).Should().Equal(bytes);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Parts_of_a_file_are_added_one_after_another(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "of an earlier upload that was longer");
        foreach (var (chunk, content, status) in new[] { (1, "AAEC", HttpStatusCode.OK), (2, "AwQF", HttpStatusCode.OK), (-1, "Bg==", HttpStatusCode.OK) })
        {
            var body = $$"""{"type": "file", "format": "base64", "chunk": {{chunk}}, "content": "{{content}}"}""";
            await served.SendAsync("PUT", "a", status, cancellationToken, body);
        }

        File.ReadAllBytes(served.PathOf("a")).Should().Equal(0, 1, 2, 3, 4, 5, 6);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Part_that_cannot_be_decoded_leaves_the_file_as_it_was(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "before");
        var half = new string('A', 2_000_000) + "A";

        await served.FailAsync(
            "PUT", "a", HttpStatusCode.BadRequest, cancellationToken, $$"""{"type": "file", "format": "base64", "chunk": 2, "content": "{{half}}"}""");
        await served.FailAsync(
            "PUT", "a", HttpStatusCode.BadRequest, cancellationToken, $$"""{"type": "file", "format": "base64", "content": "{{half}}"}""");

        served.Read("a").Should().Be("before");
        Directory.GetFileSystemEntries(served.Root).Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_is_created_once_and_then_stays(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var created = await served.SendAsync("PUT", "sub", HttpStatusCode.Created, cancellationToken, """{"type": "directory"}""");
        served.Create("sub/a");
        await served.SendAsync("PUT", "sub", HttpStatusCode.Created, cancellationToken, """{"type": "directory"}""");

        created["type"]!.Value<string>().Should().Be("directory");
        served.Has("sub/a").Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task New_file_without_content_is_empty_and_its_name_gives_its_type(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var file = await served.SendAsync("PUT", "a.py", HttpStatusCode.Created, cancellationToken, """{"path": "a.py"}""");
        var notebook = await served.SendAsync("PUT", "b.ipynb", HttpStatusCode.Created, cancellationToken, """{"path": "b.ipynb"}""");
        var foreign = await served.SendAsync(
            "PUT", "c", HttpStatusCode.Created, cancellationToken, """{"type": "drawing", "format": "text", "content": "x"}""");

        file["type"]!.Value<string>().Should().Be("file");
        file["size"]!.Value<int>().Should().Be(0);
        notebook["type"]!.Value<string>().Should().Be("notebook");
        foreign["type"]!.Value<string>().Should().Be("file", "types of JupyterLab's extensions are files here");
    }

    [TestCase("a", """{"format": "text", "content": "x"}""", HttpStatusCode.BadRequest, "No file type provided")]
    [TestCase("a", """{"type": "file"}""", HttpStatusCode.BadRequest, "No file content provided")]
    [TestCase("a", """{"type": "file", "content": "x"}""", HttpStatusCode.BadRequest, "Must specify format*")]
    [TestCase("a", """{"type": "file", "format": "json", "content": "x"}""", HttpStatusCode.BadRequest, "Must specify format*")]
    [TestCase("a", """{"type": "file", "format": "text", "content": {}}""", HttpStatusCode.BadRequest, "Encoding error*")]
    [TestCase("a", """{"type": "file", "format": "text", "content": null}""", HttpStatusCode.BadRequest, "Encoding error*")]
    [TestCase("a", """{"type": "file", "format": "text", "content": "x\ud800y"}""", HttpStatusCode.BadRequest, "Encoding error*")]
    [TestCase("a", """{"type": "file", "format": "base64", "content": "AAAAA"}""", HttpStatusCode.BadRequest, "Encoding error*")]
    [TestCase("a", """{"type": "directory"}""", HttpStatusCode.BadRequest, "Not a directory: a")]
    [TestCase("a", """{"copy_from": "a"}""", HttpStatusCode.BadRequest, "Cannot copy with PUT, only POST")]
    [TestCase("a", """{"type": "notebook", "content": "x"}""", HttpStatusCode.BadRequest, "The content of a notebook*")]
    [TestCase("a", """{"type": "notebook", "content": {}, "chunk": 1}""", HttpStatusCode.BadRequest, "File type \"notebook\" is not supported*")]
    [TestCase("a", """{"type": "file", "format": "text", "chunk": 2}""", HttpStatusCode.BadRequest, "No file content provided")]
    [TestCase("a", """{"type": "file", "format": "text", "content": "x", "chunk": -2}""", HttpStatusCode.BadRequest, "'chunk'*")]
    [TestCase("a", """{"type": 1}""", HttpStatusCode.BadRequest, "'type'*")]
    [TestCase(".a", """{"type": "file", "format": "text", "content": "x"}""", HttpStatusCode.BadRequest, "Cannot create file or directory '.a'")]
    [TestCase("b", """{"type": "file", "format": "text", "content": "x", "path": ".b"}""", HttpStatusCode.BadRequest, "Cannot create*")]
    [TestCase("missing/b", """{"type": "file", "format": "text", "content": "x"}""", HttpStatusCode.InternalServerError, "Unexpected error while saving*")]
    [TestCase("a/b", """{"type": "directory"}""", HttpStatusCode.InternalServerError, "Unexpected error while saving*")]
    [TestCase("sub", """{"type": "file", "format": "text", "content": "x"}""", HttpStatusCode.BadRequest, "sub is a directory, not a file")]
    [TestCase("outside/b", """{"type": "file", "format": "text", "content": "x"}""", HttpStatusCode.NotFound, "*is outside root contents directory")]
    [TestCase("outside-file", """{"type": "file", "format": "text", "content": "x"}""", HttpStatusCode.NotFound, "*is outside root contents directory")]
    [TestCase("dangling", """{"type": "file", "format": "text", "content": "x"}""", HttpStatusCode.BadRequest, "Cannot write non-file dangling")]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_cannot_be_saved_changes_nothing(
        string path, string body, HttpStatusCode status, string expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "before");
        Directory.CreateDirectory(served.PathOf("sub"));
        await File.WriteAllTextAsync(Path.Combine(served.Outside, "secret"), "secret", cancellationToken);
        File.CreateSymbolicLink(served.PathOf("outside"), served.Outside);
        File.CreateSymbolicLink(served.PathOf("outside-file"), Path.Combine(served.Outside, "secret"));
        File.CreateSymbolicLink(served.PathOf("dangling"), "nowhere");
        var reason = expected.StartsWith("sub ", StringComparison.Ordinal) ? "bad type" : null;
        using var content = new StringContent(body, null, "application/json");

        using var response = await served.Client.PutAsync("/api/contents/" + path, content, cancellationToken);

        var message = await response.ErrorAsync(
            status, reason ?? Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase((int)status), cancellationToken);
        message.Should().Match(expected);
        served.Read("a").Should().Be("before");
        Directory.GetFiles(served.Outside).Select(File.ReadAllText).Should().Equal("secret");
        Directory.GetFileSystemEntries(served.Root).Should().HaveCount(5);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_does_not_fit_into_memory_is_503_and_one_that_is_too_long_413(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync(
            gateway => gateway.MaxMemory = 16 << 20, http => http.MaxRequestBodyBytes = 20 << 20);
        var body = $$"""{"type": "file", "format": "text", "content": "{{new string('x', 10_000_000)}}"}""";
        var longer = $$"""{"type": "file", "format": "text", "content": "{{new string('x', 21 << 20)}}"}""";

        await served.FailAsync("PUT", "a", HttpStatusCode.ServiceUnavailable, cancellationToken, body);
        await served.FailAsync("PUT", "a", HttpStatusCode.RequestEntityTooLarge, cancellationToken, longer);

        served.Has("a").Should().BeFalse();
        served.Server.Gateway.Memory.UsedBytes.Should().Be(0);
    }
}
