using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
public class NewContentsTests
{
    private const int TestTimeout = 60_000;

    [TestCase("""{"type": "notebook"}""", "Untitled.ipynb", "Untitled1.ipynb", "notebook")]
    [TestCase("""{"ext": ".ipynb"}""", "Untitled.ipynb", "Untitled1.ipynb", "notebook")]
    [TestCase("""{"type": "file", "ext": ".txt"}""", "untitled.txt", "untitled1.txt", "file")]
    [TestCase("""{"type": "file", "ext": ".tar.gz"}""", "untitled.tar.gz", "untitled1.tar.gz", "file")]
    [TestCase("""{"type": "file"}""", "untitled", "untitled1", "file")]
    [TestCase("""{"type": "drawing"}""", "untitled", "untitled1", "file")]
    [TestCase("{}", "untitled", "untitled1", "file")]
    [TestCase("""{"type": "directory"}""", "Untitled Folder", "Untitled Folder 1", "directory")]
    [CancelAfter(TestTimeout)]
    public async Task Untitled_contents_get_the_first_free_name(
        string body, string first, string second, string type, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        Directory.CreateDirectory(served.PathOf("sub"));

        using var created = await served.SendAsync("POST", "sub", cancellationToken, body);
        var model = await created.ObjectAsync(HttpStatusCode.Created, cancellationToken);
        var next = await served.SendAsync("POST", "sub", HttpStatusCode.Created, cancellationToken, body);

        model["path"]!.Value<string>().Should().Be("sub/" + first);
        model["type"]!.Value<string>().Should().Be(type);
        model["content"]!.Type.Should().Be(JTokenType.Null);
        created.Headers.Location!.OriginalString.Should().Be("/api/contents/sub/" + Uri.EscapeDataString(first));
        next["name"]!.Value<string>().Should().Be(second);
        served.Has("sub/" + second).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Requests_at_the_same_time_get_names_of_their_own(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        var models = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => served.SendAsync("POST", "", HttpStatusCode.Created, cancellationToken, """{"type": "file"}""")));

        models.Select(model => model["name"]!.Value<string>()).Should().OnlyHaveUniqueItems();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Request_without_body_creates_a_file_also_with_PUT(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        (await served.SendAsync("POST", "", HttpStatusCode.Created, cancellationToken))["name"]!.Value<string>().Should().Be("untitled");
        (await served.SendAsync("PUT", "", HttpStatusCode.Created, cancellationToken))["name"]!.Value<string>().Should().Be("untitled1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Copies_are_numbered_in_their_own_directory_and_keep_their_name_elsewhere(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a.tar.gz", "content");
        served.Create("b.x.ipynb", """{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}""");
        Directory.CreateDirectory(served.PathOf("sub"));

        (await CopyAsync("a.tar.gz", "")).Should().Be("a-Copy1.tar.gz");
        (await CopyAsync("a-Copy1.tar.gz", "")).Should().Be("a-Copy2.tar.gz");
        (await CopyAsync("/a-Copy1.tar.gz", "sub")).Should().Be("sub/a-Copy1.tar.gz");
        (await CopyAsync("b.x.ipynb", "")).Should().Be("b.x-Copy1.ipynb");
        (await CopyAsync("a.tar.gz", "sub/new.gz")).Should().Be("sub/new.gz");
        served.Read("a-Copy2.tar.gz").Should().Be("content");
        served.Read("sub/new.gz").Should().Be("content");
        served.Read("b.x-Copy1.ipynb").Should().Be(served.Read("b.x.ipynb"));

        async Task<string> CopyAsync(string source, string target) =>
            (await served.SendAsync(
                "POST", target, HttpStatusCode.Created, cancellationToken, $$"""{"copy_from": "{{source}}"}"""))["path"]!.Value<string>()!;
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_is_copied_with_everything_but_its_links(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a/b/c", "content");
        File.CreateSymbolicLink(served.PathOf("a/up"), "..");

        var copy = await served.SendAsync("POST", "", HttpStatusCode.Created, cancellationToken, """{"copy_from": "a"}""");
        var inside = await served.SendAsync("POST", "a", HttpStatusCode.Created, cancellationToken, """{"copy_from": "a"}""");

        copy["path"]!.Value<string>().Should().Be("a-Copy1");
        copy["type"]!.Value<string>().Should().Be("directory");
        inside["path"]!.Value<string>().Should().Be("a/a");
        served.Read("a-Copy1/b/c").Should().Be("content");
        served.Read("a/a/b/c").Should().Be("content");
        served.Has("a-Copy1/up").Should().BeFalse();
    }

    [TestCase("a", "{}", HttpStatusCode.BadRequest, "Cannot POST to files, use PUT instead.")]
    [TestCase("missing", "{}", HttpStatusCode.NotFound, "No such directory: missing")]
    [TestCase(".dir", "{}", HttpStatusCode.BadRequest, "Cannot create file or directory in '.dir'")]
    [TestCase("", """{"ext": "/x"}""", HttpStatusCode.BadRequest, "The extension '/x' contains a slash.")]
    [TestCase("", """{"copy_from": "missing"}""", HttpStatusCode.NotFound, "file or directory does not exist: 'missing'")]
    [TestCase("", """{"copy_from": ".dir/b"}""", HttpStatusCode.BadRequest, "Cannot copy file or directory ''")]
    [TestCase("", """{"copy_from": "../served-not/c"}""", HttpStatusCode.NotFound, "../served-not/c is outside root contents directory")]
    [TestCase("", """{"copy_from": "/"}""", HttpStatusCode.BadRequest, "Can't copy root")]
    [TestCase("missing/b", """{"copy_from": "a"}""", HttpStatusCode.NotFound, "No such parent directory: missing to copy file in")]
    [TestCase("", """{"copy_from": 1}""", HttpStatusCode.BadRequest, "'copy_from' has to be a string.")]
    [CancelAfter(TestTimeout)]
    public async Task What_cannot_be_created_gets_an_error_and_leaves_nothing(
        string path, string body, HttpStatusCode status, string expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a");
        served.Create(".dir/b");
        await File.WriteAllTextAsync(Path.Combine(served.Outside, "c"), "", cancellationToken);

        (await served.FailAsync("POST", path, status, cancellationToken, body)).Should().Be(expected);

        Directory.GetFileSystemEntries(served.Root).Should().HaveCount(2);
    }
}
