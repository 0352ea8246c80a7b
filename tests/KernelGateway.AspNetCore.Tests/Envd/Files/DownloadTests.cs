using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Files;

public class DownloadTests
{
    private const int TestTimeout = 60_000;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_comes_with_its_length_type_time_and_name(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("a.txt"), "hello", cancellationToken);
        File.SetLastWriteTimeUtc(server.PathOf("a.txt"), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));

        using var response = await GetAsync(server, "a.txt", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("hello");
        response.Content.Headers.ContentLength.Should().Be(5);
        response.Content.Headers.ContentType!.ToString().Should().Be("text/plain; charset=utf-8");
        response.Content.Headers.LastModified.Should().Be(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        response.Content.Headers.GetValues("Content-Disposition").Should().Equal("inline; filename=a.txt");
        response.Headers.Vary.Should().Equal("Accept-Encoding");
        response.Headers.AcceptRanges.Should().Equal("bytes");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        response.Headers.GetValues("Content-Security-Policy").Should().Equal("sandbox");
    }

    [TestCase("with space.txt", "inline; filename=\"with space.txt\"")]
    [TestCase("quo\"te", "inline; filename=\"quo\\\"te\"")]
    [TestCase("zażółć.txt", "inline; filename*=utf-8''za%C5%BC%C3%B3%C5%82%C4%87.txt")]
    [CancelAfter(TestTimeout)]
    public async Task Name_is_quoted_or_encoded_where_it_has_to_be(string name, string header, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf(name), "x", cancellationToken);

        using var response = await GetAsync(server, name, cancellationToken);

        response.Content.Headers.GetValues("Content-Disposition").Should().Equal(header);
    }

    [TestCase("bytes=0-2", 206, "012", "bytes 0-2/10")]
    [TestCase("bytes=8-", 206, "89", "bytes 8-9/10")]
    [TestCase("bytes=-3", 206, "789", "bytes 7-9/10")]
    [TestCase("bytes=-100", 206, "0123456789", "bytes 0-9/10")]
    [TestCase("bytes=5-100", 206, "56789", "bytes 5-9/10")]
    [TestCase("bytes=0-1,4-5", 200, "0123456789", null)]
    [TestCase("bytes=x-y", 200, "0123456789", null)]
    [TestCase("lines=0-1", 200, "0123456789", null)]
    [TestCase("bytes=10-", 416, null, "bytes */10")]
    [TestCase("bytes=-0", 416, null, "bytes */10")]
    [CancelAfter(TestTimeout)]
    public async Task Range_is_sent_alone(string range, int status, string? content, string? contentRange, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("digits"), "0123456789", cancellationToken);

        using var response = await GetAsync(server, "digits", cancellationToken, ("Range", range));

        ((int)response.StatusCode).Should().Be(status);
        response.Content.Headers.ContentRange?.ToString().Should().Be(contentRange);
        if (content is not null) (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(content);
    }

    [TestCase("If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT", 304)]
    [TestCase("If-Modified-Since", "Fri, 02 Jan 2026 03:04:04 GMT", 200)]
    [TestCase("If-Unmodified-Since", "Fri, 02 Jan 2026 03:04:05 GMT", 200)]
    [TestCase("If-Unmodified-Since", "Fri, 02 Jan 2026 03:04:04 GMT", 412)]
    [TestCase("If-None-Match", "*", 304)]
    [TestCase("If-None-Match", "\"tag\"", 200)]
    [TestCase("If-Match", "*", 200)]
    [TestCase("If-Match", "\"tag\"", 412)]
    [CancelAfter(TestTimeout)]
    public async Task Condition_is_judged_by_the_time_of_the_file(string header, string value, int status, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("a"), "x", cancellationToken);
        File.SetLastWriteTimeUtc(server.PathOf("a"), new DateTime(2026, 1, 2, 3, 4, 5, 900, DateTimeKind.Utc));

        using var response = await GetAsync(server, "a", cancellationToken, (header, value));

        ((int)response.StatusCode).Should().Be(status);
    }

    [TestCase("gzip, deflate", true)]
    [TestCase("br, gzip;q=0.5", true)]
    [TestCase("gzip;q=0", false)]
    [TestCase("identity, gzip;q=0.5", false)]
    [TestCase("br", false)]
    [TestCase("*", false)]
    [TestCase("identity;q=0, *;q=0.1", true)]
    [CancelAfter(TestTimeout)]
    public async Task Content_is_compressed_when_the_client_prefers_it(string accepted, bool isPacked, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("a.txt"), "hello", cancellationToken);

        using var response = await GetAsync(server, "a.txt", cancellationToken, ("Accept-Encoding", accepted));

        response.Content.Headers.ContentEncoding.Should().Equal(isPacked ? ["gzip"] : []);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(isPacked ? new GZipStream(body, CompressionMode.Decompress) : body);
        (await reader.ReadToEndAsync(cancellationToken)).Should().Be("hello");
        if (isPacked) response.Content.Headers.ContentLength.Should().BeNull();
    }

    [TestCase("identity;q=0", null)]
    [TestCase("*;q=0", null)]
    [TestCase("gzip, identity;q=0", "bytes=0-1")]
    [CancelAfter(TestTimeout)]
    public async Task Nothing_acceptable_is_406(string accepted, string? range, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("a.txt"), "hello", cancellationToken);
        (string, string)[] headers = range is null ? [("Accept-Encoding", accepted)] : [("Accept-Encoding", accepted), ("Range", range)];

        using var response = await GetAsync(server, "a.txt", cancellationToken, headers);

        response.StatusCode.Should().Be(HttpStatusCode.NotAcceptable);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            """{"code":406,"message":"error parsing Accept-Encoding: no acceptable encoding found, supported: [gzip]"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Empty_file_has_length_zero_also_for_clients_that_prefer_gzip(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("empty"), "", cancellationToken);

        using var response = await GetAsync(server, "empty", cancellationToken, ("Accept-Encoding", "gzip, deflate"));

        response.Content.Headers.ContentLength.Should().Be(0);
        response.Content.Headers.ContentEncoding.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_of_proc_is_read_to_its_end(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.GetAsync("/files?path=/proc/self/cmdline", cancellationToken);

        (await response.Content.ReadAsByteArrayAsync(cancellationToken)).Should().NotBeEmpty();
    }

    [TestCase("none", 404, "path '{0}/none' does not exist")]
    [TestCase("directory", 400, "path '{0}/directory' is a directory")]
    [TestCase("~other", 400, "error expanding and resolving path '~other': cannot expand user-specific home dir")]
    [TestCase("a\0b", 400, "error expanding and resolving path '{0}/a\0b': The path contains a NUL character.")]
    [TestCase("pipe", 400, "path is not a regular file: {0}/pipe")]
    [CancelAfter(TestTimeout)]
    public async Task What_cannot_be_read_is_answered_with_code_and_message_alone(
        string name, int status, string message, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        Directory.CreateDirectory(server.PathOf("directory"));
        using (var maker = System.Diagnostics.Process.Start("mkfifo", server.PathOf("pipe"))) await maker.WaitForExitAsync(cancellationToken);
        var path = name.StartsWith('~') ? name : $"{server.Folder}/{name}";

        using var response = await server.Client.GetAsync($"/files?path={Uri.EscapeDataString(path)}", cancellationToken);

        ((int)response.StatusCode).Should().Be(status);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
        response.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
        var expected = new JObject { ["code"] = status, ["message"] = message.Replace("{0}", server.Folder, StringComparison.Ordinal) };
        JToken.DeepEquals(await response.JsonAsync(cancellationToken), expected).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Unknown_user_is_401(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();

        using var response = await server.Client.GetAsync("/files?path=/x&username=nobody-of-that-name", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
            """{"code":401,"message":"error looking up user 'nobody-of-that-name': user: unknown user nobody-of-that-name"}""");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Head_has_the_headers_without_the_content(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync();
        await File.WriteAllTextAsync(server.PathOf("a"), "hello", cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/files?path={server.PathOf("a")}");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.Content.Headers.ContentLength.Should().Be(5);
        (await response.Content.ReadAsByteArrayAsync(cancellationToken)).Should().BeEmpty();
    }

    private static Task<HttpResponseMessage> GetAsync(
        EnvdServer server, string name, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/files?path={Uri.EscapeDataString(server.PathOf(name))}");
        foreach (var (header, value) in headers) request.Headers.TryAddWithoutValidation(header, value);
        return server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
