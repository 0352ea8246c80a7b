using FluentAssertions;
using KernelGateway.Client.Legacy;
using KernelGateway.Client.Tests.Legacy.Support;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Legacy;

public sealed class FilesystemTests
{
    private readonly ScriptedService _service = new();

    [Test]
    public async Task File_is_written_into_a_directory_that_exists()
    {
        await using var sandbox = await _service.CreateAsync();

        await sandbox.Filesystem.WriteAsync("/home/file", "content");

        _service.RequestsFor("/files").Single().Body.Should().Contain("content");
    }

    [Test]
    public async Task File_is_not_written_when_its_directory_is_missing()
    {
        await using var sandbox = await _service.CreateAsync();

        (await sandbox.Invoking(one => one.Filesystem.WriteAsync("/dir/hello.txt", "content")).Should().ThrowAsync<FilesystemException>()
            .WithMessage("error writing to file '/dir/hello.txt': open /dir/hello.txt: no such file or directory"))
            .Which.Error.Should().Be(SandboxError.NotFound);
        await sandbox.Invoking(one => one.Filesystem.WriteBytesAsync("/dir/hello.txt", new byte[] { 1 })).Should().ThrowAsync<FilesystemException>();
        _service.RequestsFor("/files").Should().BeEmpty();
    }

    [Test]
    public async Task Relative_paths_begin_at_the_working_directory()
    {
        await using var sandbox = await _service.CreateAsync(cwd: "/home/code");
        _service.On("/filesystem.Filesystem/Remove", _ => ScriptedService.Json(new JObject()));

        await sandbox.Filesystem.RemoveAsync("hello.txt");
        await sandbox.Filesystem.RemoveAsync("../hello.txt");
        sandbox.Cwd = null;
        await sandbox.Filesystem.RemoveAsync("hello.txt");

        _service.RequestsFor("/filesystem.Filesystem/MakeDir").Select(request => (string)request.Json["path"]!).Should().Equal("/home/code");
        _service.RequestsFor("/filesystem.Filesystem/Remove").Select(request => (string)request.Json["path"]!)
            .Should().Equal("/home/code/hello.txt", "/home/hello.txt", "hello.txt");
    }

    [Test]
    public async Task Failure_has_the_cause_with_the_code_of_the_service()
    {
        await using var sandbox = await _service.CreateAsync();
        _service.On("/filesystem.Filesystem/ListDir", _ => ScriptedService.NotFound("there is no such directory"));

        var failure = (await sandbox.Invoking(one => one.Filesystem.ListAsync("/missing")).Should().ThrowAsync<FilesystemException>()).Which;

        failure.Message.Should().Contain("there is no such directory");
        failure.InnerException.Should().BeOfType<SandboxFileNotFoundException>().Which.Code.Should().Be("not_found");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Call_has_a_time_limit_of_its_own(CancellationToken cancellationToken)
    {
        await using var sandbox = await _service.CreateAsync();
        _service.On("/filesystem.Filesystem/ListDir", async _ =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return ScriptedService.Json(new JObject());
        });

        var list = sandbox.Filesystem.ListAsync("/home", timeout: TimeSpan.FromSeconds(3), cancellationToken);
        await _service.Requests.WaitForAsync(request => request.Path.EndsWith("/ListDir", StringComparison.Ordinal), cancellationToken);
        _service.Time.Advance(TimeSpan.FromSeconds(3));

        await list.Invoking(one => one).Should().ThrowAsync<TimeoutException>().WithMessage("Listing '/home' took longer than 3 seconds.");
    }

    [TestCase(0)]
    [TestCase(-3)]
    public async Task Time_limit_is_above_zero(int seconds)
    {
        await using var sandbox = await _service.CreateAsync();

        await sandbox.Invoking(one => one.Filesystem.ReadAsync("/home/file", TimeSpan.FromSeconds(seconds)))
            .Should().ThrowAsync<ArgumentOutOfRangeException>().WithMessage("A time limit is above zero*");
    }

    [TestCase("hello.txt", null, "hello.txt")]
    [TestCase("/hello.txt", "/code", "/hello.txt")]
    [TestCase("~/hello.txt", "/code", "~/hello.txt")]
    [TestCase("hello.txt", "/code/", "/code/hello.txt")]
    [TestCase("./a/./b", "/code", "/code/a/b")]
    [TestCase("../../../hello.txt", "/home/user", "/hello.txt")]
    [TestCase("../hello.txt", "code", "hello.txt")]
    [TestCase("../../hello.txt", "code", "../hello.txt")]
    [TestCase("../hello.txt", "~/code", "~/hello.txt")]
    public void Path_is_resolved(string path, string? directory, string expected) => SandboxPath.Resolve(path, directory).Should().Be(expected);

    [TestCase("/a/b", "/a")]
    [TestCase("/a/b/", "/a")]
    [TestCase("/a", "/")]
    [TestCase("a/b", "a")]
    [TestCase("a", null)]
    public void Directory_of_a_path_is_found(string path, string? expected) => SandboxPath.DirectoryOf(path).Should().Be(expected);
}
