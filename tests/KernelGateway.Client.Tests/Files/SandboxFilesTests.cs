using System.Text;
using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using KernelGateway.Sandboxes;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Files;

[Platform("Linux", Reason = "The services of a sandbox are for Linux.")]
public sealed class SandboxFilesTests
{
    [Test]
    public async Task What_was_written_is_read_as_text_bytes_and_stream()
    {
        await using var server = await ServedSandbox.StartAsync();
        var files = server.Sandbox.Files;
        var path = server.PathOf("below/here/é +%\"a\".txt");

        var written = await files.WriteAsync(path, "grüße\n");

        written.Should().BeEquivalentTo(new { Name = "é +%\"a\".txt", Path = path, Type = FileType.File });
        (await files.ReadAsync(path)).Should().Be("grüße\n");
        (await files.ReadBytesAsync(path)).Should().Equal(Encoding.UTF8.GetBytes("grüße\n"));
        await using var stream = await files.ReadStreamAsync(path);
        using var reader = new StreamReader(stream);
        (await reader.ReadToEndAsync()).Should().Be("grüße\n");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Long_streams_pass_compressed_or_not(bool gzip)
    {
        await using var server = await ServedSandbox.StartAsync();
        var files = server.Sandbox.Files;
        var content = new byte[3_000_000];
        new Random(7).NextBytes(content);
        using var source = new MemoryStream(content);

        await files.WriteAsync(server.PathOf("a"), source, new() { Gzip = gzip });

        source.CanRead.Should().BeTrue("the stream stays the caller's");
        (await files.ReadBytesAsync(server.PathOf("a"), new() { Gzip = gzip })).Should().Equal(content);
        await using var stream = await files.ReadStreamAsync(server.PathOf("a"), new() { Gzip = gzip });
        using var read = new MemoryStream();
        await stream.CopyToAsync(read);
        read.ToArray().Should().Equal(content);
    }

    [Test]
    public async Task Many_files_are_written_in_one_call()
    {
        await using var server = await ServedSandbox.StartAsync();
        var files = server.Sandbox.Files;
        var all = Enumerable.Range(0, 20).Select(number => new FileToWrite(server.PathOf($"{number:00}"), $"content {number}")).ToList();

        var written = await files.WriteAsync(all, new() { Metadata = new Dictionary<string, string> { ["Made-By"] = "test" } });

        written.Select(file => file.Name).Should().Equal(all.Select(file => Path.GetFileName(file.Path)));
        (await files.ReadAsync(server.PathOf("13"))).Should().Be("content 13");
        (await files.GetInfoAsync(server.PathOf("13"))).Metadata.Should().Equal(new Dictionary<string, string> { ["made-by"] = "test" });
    }

    [Test]
    public async Task Services_before_raw_uploads_get_a_form()
    {
        await using var server = await ServedSandbox.StartAsync();
        var address = new Uri(server.Sandbox.DownloadUrl("a").GetLeftPart(UriPartial.Authority));
        var old = ServedSandbox.Create(address, ServedSandbox.Token, version: "0.5.1");

        await old.Files.WriteAsync(server.PathOf("a"), "by a form", new() { User = Environment.UserName });

        (await server.Sandbox.Files.ReadAsync(server.PathOf("a"))).Should().Be("by a form");
        await old.Files.Invoking(files => files.WriteAsync(server.PathOf("a"), "", new() { Gzip = true })).Should().ThrowAsync<SandboxTemplateException>()
            .WithMessage("A compressed upload needs version 0.5.7 *; it has 0.5.1.*");
    }

    [Test]
    public async Task Directories_are_made_listed_moved_and_removed()
    {
        await using var server = await ServedSandbox.StartAsync();
        var files = server.Sandbox.Files;

        (await files.MakeDirAsync(server.PathOf("a/b"))).Should().BeTrue();
        (await files.MakeDirAsync(server.PathOf("a/b"))).Should().BeFalse();
        await files.WriteAsync(server.PathOf("a/c.txt"), "12345");
        (await files.ListAsync(server.Folder, depth: 2)).Select(entry => entry.Path)
            .Should().Equal(server.PathOf("a"), server.PathOf("a/b"), server.PathOf("a/c.txt"));
        var info = await files.GetInfoAsync(server.PathOf("a/c.txt"));
        info.Should().BeEquivalentTo(new
        {
            Name = "c.txt",
            Type = FileType.File,
            Size = 5L,
            Mode = Convert.ToInt32("644", 8),
            Permissions = "-rw-r--r--",
            SymlinkTarget = (string?)null,
        });
        info.ModifiedAt.Should().NotBeNull();
        var moved = await files.RenameAsync(server.PathOf("a"), server.PathOf("d"));
        moved.Should().BeEquivalentTo(new { Name = "d", Type = FileType.Directory });
        (await files.ExistsAsync(server.PathOf("a"))).Should().BeFalse();
        (await files.ExistsAsync(server.PathOf("d/c.txt"))).Should().BeTrue();
        await files.RemoveAsync(server.PathOf("d"));
        (await files.ListAsync(server.Folder)).Should().BeEmpty();
    }

    [Test]
    public async Task Failures_have_types()
    {
        await using var server = await ServedSandbox.StartAsync();
        var files = server.Sandbox.Files;
        var missing = server.PathOf("missing");

        await files.Invoking(all => all.ReadAsync(missing)).Should().ThrowAsync<SandboxFileNotFoundException>();
        await files.Invoking(all => all.GetInfoAsync(missing)).Should().ThrowAsync<SandboxFileNotFoundException>();
        await files.Invoking(all => all.ListAsync(missing)).Should().ThrowAsync<SandboxFileNotFoundException>();
        await files.Invoking(all => all.RenameAsync(missing, server.PathOf("b"))).Should().ThrowAsync<SandboxFileNotFoundException>();
        await files.Invoking(all => all.ReadAsync(server.Folder)).Should().ThrowAsync<SandboxArgumentException>();
        await files.Invoking(all => all.ListAsync("", user: "nobody-has-this-name")).Should().ThrowAsync<SandboxAuthenticationException>();
        await files.Invoking(all => all.ReadAsync(missing, new() { User = "nobody-has-this-name" })).Should().ThrowAsync<SandboxAuthenticationException>();
    }

    [TestCase(null)]
    [TestCase("another")]
    public async Task Wrong_token_is_an_error_of_authentication(string? token)
    {
        await using var server = await ServedSandbox.StartAsync(token);
        var files = server.Sandbox.Files;

        await files.Invoking(all => all.ListAsync(server.Folder)).Should().ThrowAsync<SandboxAuthenticationException>();
        await files.Invoking(all => all.ReadAsync(server.PathOf("a"))).Should().ThrowAsync<SandboxAuthenticationException>();
    }

    [Test]
    public async Task Signed_addresses_serve_programs_without_the_token()
    {
        await using var server = await ServedSandbox.StartAsync();
        var path = server.PathOf("a +b.txt");
        using var http = new HttpClient();
        using var form = new MultipartFormDataContent { { new StringContent("by a browser"), "file", "x" } };

        using var upload = await http.PostAsync(server.Sandbox.UploadUrl(path), form);
        var content = await http.GetStringAsync(server.Sandbox.DownloadUrl(path, expiration: DateTimeOffset.UtcNow.AddHours(1)));
        using var expired = await http.GetAsync(server.Sandbox.DownloadUrl(path, expiration: DateTimeOffset.UtcNow.AddHours(-1)));

        upload.EnsureSuccessStatusCode();
        content.Should().Be("by a browser");
        ((int)expired.StatusCode).Should().Be(401);
    }

    [Test]
    public async Task Tools_use_files_by_the_common_interface()
    {
        await using var server = await ServedSandbox.StartAsync();
        ISandboxFiles files = server.Sandbox.Files;

        await files.WriteTextAsync(server.PathOf("a/b"), "text");
        await files.WriteBytesAsync(server.PathOf("a/c"), new byte[] { 1, 2 });
        (await files.MakeDirectoryAsync(server.PathOf("a/d"))).Should().BeTrue();

        (await files.ReadTextAsync(server.PathOf("a/b"))).Should().Be("text");
        (await files.ReadBytesAsync(server.PathOf("a/c"))).Should().Equal(1, 2);
        (await files.ListAsync(server.PathOf("a"))).Select(entry => (entry.Name, entry.IsDirectory, entry.IsDirectory ? 0 : entry.Size))
            .Should().Equal(("b", false, 4), ("c", false, 2), ("d", true, 0));
        await files.RemoveAsync(server.PathOf("a"));
        (await files.ExistsAsync(server.PathOf("a"))).Should().BeFalse();
        var failure = await files.Invoking(all => all.ReadTextAsync(server.PathOf("a"))).Should().ThrowAsync<SandboxException>();
        failure.Which.Error.Should().Be(SandboxError.NotFound);
    }
}
