using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Files;

[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class UploadTests
{
    private const int TestTimeout = 60_000;
    private const string Form = "multipart/form-data; boundary=b";

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_becomes_the_file_with_its_parents(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        byte[] content = [0, 1, 254, 255, (byte)'\r', (byte)'\n'];

        var answer = await server.UploadAsync(server.PathOf("x/y/data"), content, cancellationToken);

        answer.ToString(Formatting.None).Should().Be($$"""[{"name":"data","path":"{{server.PathOf("x/y/data")}}","type":"file"}]""");
        (await File.ReadAllBytesAsync(server.PathOf("x/y/data"), cancellationToken)).Should().Equal(content);
        File.GetUnixFileMode(server.PathOf("x/y/data")).Should().Be(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Form_writes_every_part_named_file_and_ignores_the_others(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var body = Part($"name=\"file\"; filename=\"{server.PathOf("a/one.txt")}\"", "1")
            + Part("name=\"note\"", "ignored")
            + Part($"name=\"file\"; filename=\"{server.PathOf("zażółć \\ %22.txt")}\"", "2\r\n--x");

        using var response = await PostAsync(server, "/files", body + "--b--\r\n", Form, cancellationToken);

        var answer = (JArray)await response.EnsureSuccessStatusCode().JsonAsync(cancellationToken);
        answer.Select(file => (string?)file["path"]).Should().Equal(server.PathOf("a/one.txt"), server.PathOf("zażółć \\ %22.txt"));
        (await File.ReadAllTextAsync(server.PathOf("a/one.txt"), cancellationToken)).Should().Be("1");
        (await File.ReadAllTextAsync(server.PathOf("zażółć \\ %22.txt"), cancellationToken)).Should().Be("2\r\n--x");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Path_of_the_query_counts_before_the_name_of_the_part(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var url = $"/files?path={Uri.EscapeDataString(server.PathOf("target"))}";

        using var named = await PostAsync(server, url, Part("name=\"file\"; filename=\"/no/such\"", "1") + "--b--\r\n", Form, cancellationToken);
        using var plain = await PostAsync(server, url, Part("name=\"file\"", "2") + "--b--\r\n", Form, cancellationToken);

        named.StatusCode.Should().Be(HttpStatusCode.OK);
        plain.StatusCode.Should().Be(HttpStatusCode.OK);
        (await File.ReadAllTextAsync(server.PathOf("target"), cancellationToken)).Should().Be("2");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Two_parts_for_one_path_leave_the_first(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var path = server.PathOf("same");
        var part = $"name=\"file\"; filename=\"{path}\"";

        using var response = await PostAsync(server, "/files", Part(part, "1") + Part(part, "2") + "--b--\r\n", Form, cancellationToken);

        await ShouldBeErrorAsync(
            response,
            400,
            $"you cannot upload multiple files to the same path '{path}' in one upload request, only the first specified file was uploaded",
            cancellationToken);
        (await File.ReadAllTextAsync(path, cancellationToken)).Should().Be("1");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Compressed_bodies_are_unpacked_in_both_forms(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var url = $"/files?path={Uri.EscapeDataString(server.PathOf("a"))}";
        var form = Part($"name=\"file\"; filename=\"{server.PathOf("b")}\"", "form") + "--b--\r\n";

        using var raw = await PostPackedAsync(server, url, "raw", "application/octet-stream", "gzip", cancellationToken);
        using var multipart = await PostPackedAsync(server, "/files", form, Form, "gzip", cancellationToken);
        using var unknown = await PostPackedAsync(server, url, "raw", "application/octet-stream", "br", cancellationToken);

        raw.StatusCode.Should().Be(HttpStatusCode.OK);
        multipart.StatusCode.Should().Be(HttpStatusCode.OK);
        (await File.ReadAllTextAsync(server.PathOf("a"), cancellationToken)).Should().Be("raw");
        (await File.ReadAllTextAsync(server.PathOf("b"), cancellationToken)).Should().Be("form");
        await ShouldBeErrorAsync(
            unknown, 400, "error decompressing request body: unsupported Content-Encoding: br, supported: [gzip]", cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_is_not_gzip_leaves_no_file(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/files?path={server.PathOf("a")}")
        {
            Content = new StringContent("plain"),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentEncoding.Add("gzip");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        File.Exists(server.PathOf("a")).Should().BeFalse();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Metadata_headers_replace_the_metadata_of_the_file(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var url = $"/files?path={Uri.EscapeDataString(server.PathOf("a"))}";

        using var first = await UploadAsync(("X-Metadata-Author", "me"), ("x-metadata-other", "x"));
        using var second = await UploadAsync(("X-METADATA-AUTHOR", "you"));
        using var third = await UploadAsync();

        var written = (await first.JsonAsync(cancellationToken))[0]!["metadata"];
        if (written is null) Assert.Ignore("The file system has no extended attributes.");
        JToken.DeepEquals(written, JObject.Parse("""{"author": "me", "other": "x"}""")).Should().BeTrue();
        (await second.JsonAsync(cancellationToken))[0]!["metadata"]!.ToString(Formatting.None).Should().Be("""{"author":"you"}""");
        (await third.JsonAsync(cancellationToken))[0]!["metadata"].Should().BeNull();

        async Task<HttpResponseMessage> UploadAsync(params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent([1]) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            foreach (var (name, value) in headers) request.Headers.Add(name, value);
            return await server.Client.SendAsync(request, cancellationToken);
        }
    }

    [TestCase("", "application/octet-stream", 400, "path query parameter is required for raw body upload")]
    [TestCase("file", "text/plain", 400, "unsupported content type: text/plain, expected multipart/form-data or application/octet-stream")]
    [TestCase("directory", "application/octet-stream", 400, "path is a directory: {0}/directory")]
    [TestCase("file/x", "application/octet-stream", 500, "error ensuring directories: path is a file: {0}/file")]
    [TestCase("file", "multipart/form-data", 400, "error parsing multipart form: no multipart boundary param in Content-Type")]
    [CancelAfter(TestTimeout)]
    public async Task What_cannot_be_written_is_answered_with_code_and_message_alone(
        string name, string type, int status, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        Directory.CreateDirectory(server.PathOf("directory"));
        await File.WriteAllTextAsync(server.PathOf("file"), "kept", cancellationToken);
        var url = name.Length == 0 ? "/files" : $"/files?path={Uri.EscapeDataString(server.PathOf(name))}";

        using var response = await PostAsync(server, url, "x", type, cancellationToken);

        await ShouldBeErrorAsync(response, status, message.Replace("{0}", server.Folder, StringComparison.Ordinal), cancellationToken);
        (await File.ReadAllTextAsync(server.PathOf("file"), cancellationToken)).Should().Be("kept");
    }

    [TestCase("not a form", "error parsing multipart form: ")]
    [TestCase("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{0}/cut\"\r\n\r\nhalf", "error parsing multipart form: ")]
    [TestCase(
        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--",
        "error getting multipart custom part file name: filename not found in Content-Disposition header")]
    [CancelAfter(TestTimeout)]
    public async Task Malformed_form_is_400_and_leaves_no_half_file(string body, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await PostAsync(
            server, "/files", body.Replace("{0}", server.Folder, StringComparison.Ordinal), Form, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        ((string?)(await response.JsonAsync(cancellationToken))["message"]).Should().StartWith(message);
        Directory.EnumerateFileSystemEntries(server.Folder).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Atomic_upload_replaces_the_file_at_once(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        var path = server.PathOf("a");
        await File.WriteAllTextAsync(path, "former", cancellationToken);
        await using var former = File.OpenRead(path);

        using var response = await PostAsync(
            server, $"/files?path={Uri.EscapeDataString(path)}&atomic=true", "new", "application/octet-stream", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        using var reader = new StreamReader(former);
        (await reader.ReadToEndAsync(cancellationToken)).Should().Be("former", "the old file is another one");
        (await File.ReadAllTextAsync(path, cancellationToken)).Should().Be("new");
        Directory.EnumerateFileSystemEntries(server.Folder).Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Long_upload_and_download_are_the_same_bytes(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(http: options => options.MaxRequestBodyBytes = 1024);
        var content = new byte[3_000_001];
        new Random(7).NextBytes(content);

        await server.UploadAsync(server.PathOf("long"), content, cancellationToken);
        var read = await server.Client.GetByteArrayAsync($"/files?path={server.PathOf("long")}", cancellationToken);

        read.AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    private static string Part(string disposition, string content) =>
        $"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n";

    private static Task<HttpResponseMessage> PostAsync(
        EnvdServer server, string url, string body, string type, CancellationToken cancellationToken) =>
        server.Client.PostRawAsync(url, Encoding.UTF8.GetBytes(body), type, cancellationToken);

    private static async Task<HttpResponseMessage> PostPackedAsync(
        EnvdServer server, string url, string body, string type, string encoding, CancellationToken cancellationToken)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(body), cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(packed.ToArray()) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Content.Headers.ContentEncoding.Add(encoding);
        return await server.Client.SendAsync(request, cancellationToken);
    }

    private static async Task ShouldBeErrorAsync(
        HttpResponseMessage response, int status, string message, CancellationToken cancellationToken)
    {
        ((int)response.StatusCode).Should().Be(status);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            new JObject { ["code"] = status, ["message"] = message }.ToString(Formatting.None));
    }
}
