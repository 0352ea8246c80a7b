using System.Net;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Filesystem;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class FilesystemServiceTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stat_describes_a_file_with_the_names_and_types_of_protobuf_json(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var path = server.PathOf("a.txt");
        await File.WriteAllTextAsync(path, "hello", cancellationToken);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 2, 3, 4, 5, 600, DateTimeKind.Utc));

        var entry = (JObject)(await server.AnswerAsync("Stat", new() { ["path"] = path }, cancellationToken))["entry"]!;

        entry.Remove("owner").Should().BeTrue();
        entry.Remove("group").Should().BeTrue();
        entry.ToString(Formatting.None).Should().Be(
            $$"""{"name":"a.txt","type":"FILE_TYPE_FILE","path":"{{path}}","size":"5","mode":416,"permissions":"-rw-r-----","""
            + "\"modifiedTime\":\"2026-01-02T03:04:05.600Z\"}");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Stat_of_a_link_has_the_target_and_its_type(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        Directory.CreateDirectory(server.PathOf("real"));
        File.CreateSymbolicLink(server.PathOf("link"), "real");
        File.CreateSymbolicLink(server.PathOf("broken"), "nothing");

        var link = (await server.AnswerAsync("Stat", new() { ["path"] = server.PathOf("link") }, cancellationToken))["entry"]!;
        var broken = (await server.AnswerAsync("Stat", new() { ["path"] = server.PathOf("broken") }, cancellationToken))["entry"]!;

        ((string?)link["symlinkTarget"]).Should().Be(server.PathOf("real"));
        ((string?)link["type"]).Should().Be("FILE_TYPE_DIRECTORY");
        ((string?)link["permissions"]).Should().StartWith("L");
        ((string?)broken["symlinkTarget"]).Should().Be(server.PathOf("broken"));
        broken["type"].Should().BeNull("an unspecified type is left out");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Empty_path_is_the_working_directory_and_a_relative_one_starts_at_the_home(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var home = SandboxServices.Users.SandboxUser.GetCurrent().Home;

        var empty = (await server.AnswerAsync("Stat", [], cancellationToken))["entry"]!;
        var tilde = (await server.AnswerAsync("Stat", new() { ["path"] = "~" }, cancellationToken))["entry"]!;

        ((string?)empty["path"]).Should().Be(server.Folder);
        ((string?)tilde["path"]).Should().Be(home);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Listing_has_levels_in_the_order_of_names(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        Directory.CreateDirectory(server.PathOf("b/c/d"));
        await File.WriteAllTextAsync(server.PathOf("a"), "", cancellationToken);
        await File.WriteAllTextAsync(server.PathOf("b/x"), "", cancellationToken);

        (await NamesAsync(0)).Should().Equal("a", "b");
        (await NamesAsync(1)).Should().Equal("a", "b");
        (await NamesAsync(2)).Should().Equal("a", "b", "c", "x");
        (await NamesAsync(4_000_000_000)).Should().Equal("a", "b", "c", "d", "x");

        async Task<IEnumerable<string?>> NamesAsync(uint depth)
        {
            var answer = await server.AnswerAsync("ListDir", new() { ["path"] = server.Folder, ["depth"] = depth }, cancellationToken);
            return answer["entries"]!.Select(entry => (string?)entry["name"]);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Listing_of_an_empty_directory_leaves_the_list_out(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        var answer = await server.AnswerAsync("ListDir", new() { ["path"] = server.Folder }, cancellationToken);

        answer.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directories_are_made_moved_and_removed(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        var made = await server.AnswerAsync("MakeDir", new() { ["path"] = server.PathOf("a/b") }, cancellationToken);
        var moved = await server.AnswerAsync(
            "Move", new() { ["source"] = server.PathOf("a"), ["destination"] = server.PathOf("x/y") }, cancellationToken);
        var removed = await server.AnswerAsync("Remove", new() { ["path"] = server.PathOf("x") }, cancellationToken);
        var again = await server.AnswerAsync("Remove", new() { ["path"] = server.PathOf("x") }, cancellationToken);

        ((string?)made["entry"]!["permissions"]).Should().Be("drwxr-xr-x");
        ((string?)moved["entry"]!["path"]).Should().Be(server.PathOf("x/y"));
        removed.Should().BeEmpty();
        again.Should().BeEmpty();
        Directory.EnumerateFileSystemEntries(server.Folder).Should().BeEmpty();
    }

    [TestCase("Stat", "none", 404, "not_found", "file not found: lstat {0}/none: no such file or directory")]
    [TestCase("Stat", "loop/x", 400, "failed_precondition", "'{0}/loop/x': too many levels of symbolic links.")]
    [TestCase("Stat", "file/x", 400, "invalid_argument", "'{0}/file/x': not a directory.")]
    [TestCase("Stat", "~other", 400, "invalid_argument", "cannot expand user-specific home dir")]
    [TestCase("ListDir", "none", 404, "not_found", "path not found: stat {0}/none: no such file or directory")]
    [TestCase("ListDir", "file", 400, "invalid_argument", "path is not a directory: {0}/file")]
    [TestCase("ListDir", "loop", 400, "failed_precondition", "cyclic symlink or chain >255 links at \"{0}/loop\"")]
    [TestCase("MakeDir", "directory", 409, "already_exists", "directory already exists: {0}/directory")]
    [TestCase("MakeDir", "file", 400, "invalid_argument", "path already exists but it is not a directory: {0}/file")]
    [TestCase("MakeDir", "file/x", 400, "invalid_argument", "path is a file: {0}/file")]
    [TestCase("CreateWatcher", "none", 404, "not_found", "path {0}/none not found: no such file or directory")]
    [TestCase("CreateWatcher", "file", 400, "invalid_argument", "path {0}/file not a directory: not a directory")]
    [CancelAfter(TestTimeout)]
    public async Task Failure_has_the_code_and_the_text_of_the_original(
        string method, string name, int status, string code, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        Directory.CreateDirectory(server.PathOf("directory"));
        await File.WriteAllTextAsync(server.PathOf("file"), "", cancellationToken);
        File.CreateSymbolicLink(server.PathOf("loop"), "loop");
        var path = name.StartsWith('~') ? name : server.PathOf(name);

        using var response = await server.CallAsync(method, new() { ["path"] = path }, cancellationToken);

        ((int)response.StatusCode).Should().Be(status);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(new JObject
        {
            ["code"] = code,
            ["message"] = message.Replace("{0}", server.Folder, StringComparison.Ordinal),
        }.ToString(Formatting.None));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Move_of_nothing_and_onto_a_directory_fail(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        Directory.CreateDirectory(server.PathOf("directory/full"));
        await File.WriteAllTextAsync(server.PathOf("file"), "", cancellationToken);

        using var missing = await MoveAsync("none", "other");
        using var onto = await MoveAsync("file", "directory");

        missing.StatusCode.Should().Be(HttpStatusCode.NotFound);
        ((string?)(await missing.JsonAsync(cancellationToken))["message"]).Should().StartWith("source file not found: ");
        onto.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        ((string?)(await onto.JsonAsync(cancellationToken))["message"]).Should().StartWith("error renaming: ");

        Task<HttpResponseMessage> MoveAsync(string from, string to) => server.CallAsync(
            "Move", new() { ["source"] = server.PathOf(from), ["destination"] = server.PathOf(to) }, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Basic_authorization_selects_a_user_and_is_no_wrong_token(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var client = server.Gateway.NewClient();
        client.DefaultRequestHeaders.Add("X-Access-Token", GatewayServer.Token);

        using var unknown = await CallAsync("nobody-of-that-name:");
        using var own = await CallAsync($"{SandboxServices.Users.SandboxUser.GetCurrent().Name}:");
        using var ofProxy = await CallAsync("proxy-user:password");

        unknown.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await unknown.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            """{"code":"unauthenticated","message":"invalid username: 'nobody-of-that-name'"}""");
        own.StatusCode.Should().Be(HttpStatusCode.OK);
        ofProxy.StatusCode.Should().Be(HttpStatusCode.OK);

        Task<HttpResponseMessage> CallAsync(string credentials)
        {
            var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
            client.DefaultRequestHeaders.Authorization = new("Basic", encoded);
            return client.PostJsonAsync("/filesystem.Filesystem/Stat", new JObject(), cancellationToken);
        }
    }
}
