using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
public class MoveContentsTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_is_renamed_with_its_checkpoint(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a.txt", "content");
        served.Create(".ipynb_checkpoints/a-checkpoint.txt", "former");
        Directory.CreateDirectory(served.PathOf("sub"));

        using var response = await served.SendAsync("PATCH", "a.txt", cancellationToken, """{"path": "/sub/b.csv"}""");
        var model = await response.ObjectAsync(HttpStatusCode.OK, cancellationToken);

        model["path"]!.Value<string>().Should().Be("sub/b.csv");
        model["mimetype"]!.Value<string>().Should().Be("text/csv");
        response.Headers.Location!.OriginalString.Should().Be("/api/contents/sub/b.csv");
        served.Has("a.txt").Should().BeFalse();
        served.Read("sub/b.csv").Should().Be("content");
        served.Read("sub/.ipynb_checkpoints/b-checkpoint.csv").Should().Be("former");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_is_moved_and_its_own_path_changes_nothing(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a/b", "content");

        var moved = await served.SendAsync("PATCH", "a", HttpStatusCode.OK, cancellationToken, """{"path": "c"}""");
        var same = await served.SendAsync("PATCH", "c", HttpStatusCode.OK, cancellationToken, """{"path": "c/"}""");
        var empty = await served.SendAsync("PATCH", "c", HttpStatusCode.OK, cancellationToken, "{}");

        foreach (var model in new[] { moved, same, empty }) model["path"]!.Value<string>().Should().Be("c");
        served.Read("c/b").Should().Be("content");
    }

    [TestCase("a", """{"path": "b"}""", HttpStatusCode.Conflict, "File already exists: b")]
    [TestCase("a", """{"path": "sub"}""", HttpStatusCode.Conflict, "File already exists: sub")]
    [TestCase("a", """{"path": "dangling"}""", HttpStatusCode.Conflict, "File already exists: dangling")]
    [TestCase("a", """{"path": "/"}""", HttpStatusCode.Conflict, "File already exists: ")]
    [TestCase("a", """{"path": ".a"}""", HttpStatusCode.BadRequest, "Cannot rename file or directory 'a'")]
    [TestCase(".c", """{"path": "c"}""", HttpStatusCode.BadRequest, "Cannot rename file or directory '.c'")]
    [TestCase("a", """{"path": "missing/a"}""", HttpStatusCode.NotFound, "No such directory: missing")]
    [TestCase("a", """{"path": "../served-not/a"}""", HttpStatusCode.NotFound, "../served-not/a is outside root contents directory")]
    [TestCase("a", """{"path": "outside/a"}""", HttpStatusCode.NotFound, "outside/a is outside root contents directory")]
    [TestCase("missing", """{"path": "c"}""", HttpStatusCode.NotFound, "file or directory does not exist: 'missing'")]
    [TestCase("", """{"path": "c"}""", HttpStatusCode.BadRequest, "Can't rename root")]
    [TestCase("a", null, HttpStatusCode.BadRequest, "JSON body missing")]
    [TestCase("a", """{"path": 1}""", HttpStatusCode.BadRequest, "'path' has to be a string.")]
    [CancelAfter(TestTimeout)]
    public async Task What_cannot_be_renamed_stays(
        string path, string? body, HttpStatusCode status, string expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "of a");
        served.Create("b", "of b");
        served.Create(".c");
        Directory.CreateDirectory(served.PathOf("sub"));
        File.CreateSymbolicLink(served.PathOf("dangling"), "nowhere");
        File.CreateSymbolicLink(served.PathOf("outside"), served.Outside);

        (await served.FailAsync("PATCH", path, status, cancellationToken, body)).Should().Be(expected);

        served.Read("a").Should().Be("of a");
        served.Read("b").Should().Be("of b");
        Directory.GetFileSystemEntries(served.Root).Should().HaveCount(6);
        Directory.GetFileSystemEntries(served.Outside).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Files_with_their_checkpoints_and_whole_directories_are_deleted(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a.txt");
        served.Create(".ipynb_checkpoints/a-checkpoint.txt");
        served.Create("sub/b/c");
        File.CreateSymbolicLink(served.PathOf("outside"), served.Outside);
        foreach (var path in new[] { "a.txt", "sub", "outside" })
        {
            using var response = await served.SendAsync("DELETE", path, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.NoContent, path);
        }

        Directory.GetFileSystemEntries(served.Root).Should().Equal(served.PathOf(".ipynb_checkpoints"));
        Directory.GetFileSystemEntries(served.PathOf(".ipynb_checkpoints")).Should().BeEmpty();
        Directory.Exists(served.Outside).Should().BeTrue("a link is deleted, not what it leads to");
    }

    [TestCase("missing", HttpStatusCode.NotFound, "file or directory does not exist: 'missing'")]
    [TestCase("", HttpStatusCode.BadRequest, "Can't delete root")]
    [TestCase(".a", HttpStatusCode.BadRequest, "Cannot delete file or directory '.a'")]
    [TestCase("outside/b", HttpStatusCode.NotFound, "outside/b is outside root contents directory")]
    [CancelAfter(TestTimeout)]
    public async Task What_cannot_be_deleted_stays(string path, HttpStatusCode status, string expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create(".a");
        await File.WriteAllTextAsync(Path.Combine(served.Outside, "b"), "", cancellationToken);
        File.CreateSymbolicLink(served.PathOf("outside"), served.Outside);

        (await served.FailAsync("DELETE", path, status, cancellationToken)).Should().Be(expected);

        served.Has(".a").Should().BeTrue();
        File.Exists(Path.Combine(served.Outside, "b")).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Method_that_is_not_possible_is_405_in_Jupyters_form(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();

        using var response = await served.Client.SendAsync("TRACE", "/api/contents/a", cancellationToken);

        await response.ErrorAsync(HttpStatusCode.MethodNotAllowed, "Method Not Allowed", cancellationToken);
        response.Content.Headers.Allow.Should().BeEquivalentTo("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    }
}
