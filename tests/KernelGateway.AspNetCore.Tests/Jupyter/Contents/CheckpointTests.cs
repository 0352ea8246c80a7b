using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class CheckpointTests
{
    private const int TestTimeout = 60_000;
    private const int Private = 0x180;                // 0600

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Checkpoint_is_created_listed_restored_and_deleted(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        var path = served.Create("sub/a.tar.gz", "first");
        File.SetUnixFileMode(path, (UnixFileMode)Private);
        File.SetLastWriteTimeUtc(path, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));

        var before = await served.Client.GetTokenAsync("/api/contents/sub/a.tar.gz/checkpoints", cancellationToken);
        using var created = await served.SendAsync("POST", "sub/a.tar.gz/checkpoints", cancellationToken);
        var model = await created.ObjectAsync(HttpStatusCode.Created, cancellationToken);
        var stored = served.PathOf("sub/.ipynb_checkpoints/a.tar-checkpoint.gz");
        var listed = await served.Client.GetTokenAsync("/api/contents/sub/a.tar.gz/checkpoints", cancellationToken);
        File.WriteAllText(path, "second");
        using var restored = await served.SendAsync("POST", "sub/a.tar.gz/checkpoints/checkpoint", cancellationToken);

        before.Should().BeEmpty();
        model.ToString(Newtonsoft.Json.Formatting.None).Should().Be("""{"id":"checkpoint","last_modified":"2024-05-06T07:08:09Z"}""");
        created.Headers.Location!.OriginalString.Should().Be("/api/contents/sub/a.tar.gz/checkpoints/checkpoint");
        File.GetUnixFileMode(stored).Should().Be((UnixFileMode)Private, "others cannot read the copy of a private file");
        JToken.DeepEquals(listed, new JArray(model)).Should().BeTrue();
        restored.StatusCode.Should().Be(HttpStatusCode.NoContent);
        File.ReadAllText(path).Should().Be("first");

        using var deleted = await served.SendAsync("DELETE", "sub/a.tar.gz/checkpoints/checkpoint", cancellationToken);

        deleted.StatusCode.Should().Be(HttpStatusCode.NoContent);
        File.Exists(stored).Should().BeFalse();
        File.Exists(path).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_that_was_removed_by_a_program_is_restored(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create(".ipynb_checkpoints/a-checkpoint", "former");

        using var restored = await served.SendAsync("POST", "a/checkpoints/checkpoint", cancellationToken);

        restored.StatusCode.Should().Be(HttpStatusCode.NoContent);
        served.Read("a").Should().Be("former");
    }

    [TestCase("POST", "missing/checkpoints", HttpStatusCode.NotFound, "file or directory does not exist: 'missing'")]
    [TestCase("POST", "a/checkpoints/other", HttpStatusCode.NotFound, "Checkpoint does not exist: a@other")]
    [TestCase("POST", "a/checkpoints/checkpoint", HttpStatusCode.NotFound, "Checkpoint does not exist: a@checkpoint")]
    [TestCase("DELETE", "a/checkpoints/checkpoint", HttpStatusCode.NotFound, "Checkpoint does not exist: a@checkpoint")]
    [TestCase("POST", ".hidden/checkpoints", HttpStatusCode.BadRequest, "Cannot create file or directory in '.hidden/checkpoints'")]
    [CancelAfter(TestTimeout)]
    public async Task What_is_not_there_is_404(
        string method, string path, HttpStatusCode status, string expected, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a");
        served.Create(".hidden");

        (await served.FailAsync(method, path, status, cancellationToken)).Should().Be(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Checkpoint_never_goes_through_a_link(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "content");
        await File.WriteAllTextAsync(Path.Combine(served.Outside, "a-checkpoint"), "secret", cancellationToken);
        File.CreateSymbolicLink(served.PathOf(".ipynb_checkpoints"), served.Outside);

        await served.FailAsync("POST", "a/checkpoints", HttpStatusCode.NotFound, cancellationToken);
        await served.FailAsync("POST", "a/checkpoints/checkpoint", HttpStatusCode.NotFound, cancellationToken);

        served.Read("a").Should().Be("content");
        File.ReadAllText(Path.Combine(served.Outside, "a-checkpoint")).Should().Be("secret");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_of_the_name_checkpoints_is_a_directory(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("model/checkpoints/1.bin");
        served.Create("checkpoints/trust");

        (await served.GetAsync("model/checkpoints", cancellationToken))["content"]![0]!["path"]!.Value<string>()
            .Should().Be("model/checkpoints/1.bin");
        (await served.GetAsync("checkpoints", cancellationToken))["type"]!.Value<string>().Should().Be("directory");
        (await served.GetAsync("checkpoints/trust", cancellationToken))["type"]!.Value<string>().Should().Be("file");
        await served.SendAsync("POST", "model/checkpoints", HttpStatusCode.Created, cancellationToken, """{"type": "file"}""");
        served.Has("model/checkpoints/untitled").Should().BeTrue();
    }
}
