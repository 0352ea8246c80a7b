using System.Net;
using System.Net.Http.Headers;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Contents;

[Platform("Linux")]
public class DownloadTests
{
    private const int TestTimeout = 60_000;

    [TestCase("a.csv", "text/csv")]
    [TestCase("a.txt", "text/plain; charset=UTF-8")]
    [TestCase("a.ipynb", "application/x-ipynb+json")]
    [TestCase("a.tar.gz", "application/gzip")]
    [TestCase("a.svg.bz2", "application/octet-stream")]
    [TestCase("a.none", "application/octet-stream")]
    [CancelAfter(TestTimeout)]
    public async Task File_is_answered_as_bytes_with_its_type_and_an_origin_of_its_own(
        string name, string type, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("sub/" + name, "content");

        using var response = await served.Client.GetAsync($"/files/sub/{name}", cancellationToken);

        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be("content");
        response.Content.Headers.ContentType!.ToString().Should().Be(type);
        response.Content.Headers.ContentLength.Should().Be(7);
        response.Content.Headers.LastModified.Should().NotBeNull();
        response.Content.Headers.ContentDisposition.Should().BeNull();
        response.Headers.GetValues("Content-Security-Policy").Should().Equal("sandbox allow-scripts");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Download_parameter_makes_an_attachment_with_the_name(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("grüße \"x\".txt");

        using var response = await served.Client.GetAsync("/files/gr%C3%BC%C3%9Fe%20%22x%22.txt?download=1", cancellationToken);

        response.Content.Headers.ContentDisposition!.DispositionType.Should().Be("attachment");
        response.Content.Headers.ContentDisposition.FileNameStar.Should().Be("grüße \"x\".txt");
    }

    [TestCase("bytes=2-4", HttpStatusCode.PartialContent, "234", "bytes 2-4/10")]
    [TestCase("bytes=7-", HttpStatusCode.PartialContent, "789", "bytes 7-9/10")]
    [TestCase("bytes=-2", HttpStatusCode.PartialContent, "89", "bytes 8-9/10")]
    [TestCase("bytes=-20", HttpStatusCode.PartialContent, "0123456789", "bytes 0-9/10")]
    [TestCase("bytes=5-99", HttpStatusCode.PartialContent, "56789", "bytes 5-9/10")]
    [TestCase("bytes=0-1,3-4", HttpStatusCode.OK, "0123456789", null)]
    [TestCase("lines=0-1", HttpStatusCode.OK, "0123456789", null)]
    [TestCase("bytes=10-", HttpStatusCode.RequestedRangeNotSatisfiable, null, "bytes */10")]
    [CancelAfter(TestTimeout)]
    public async Task Range_is_answered_alone(
        string range, HttpStatusCode status, string? expected, string? contentRange, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "0123456789");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/files/a");
        request.Headers.TryAddWithoutValidation("Range", range);

        using var response = await served.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(status);
        (response.Content.Headers.ContentRange?.ToString()).Should().Be(contentRange);
        if (expected is not null) (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_that_has_not_changed_is_304_and_HEAD_has_no_body(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a", "0123456789");
        using var head = await served.Client.SendAsync("HEAD", "/files/a", cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/files/a");
        request.Headers.IfModifiedSince = head.Content.Headers.LastModified;
        using var later = new HttpRequestMessage(HttpMethod.Get, "/files/a");
        later.Headers.IfRange = new RangeConditionHeaderValue(DateTimeOffset.UnixEpoch);
        later.Headers.Range = new RangeHeaderValue(0, 1);

        using var unchanged = await served.Client.SendAsync(request, cancellationToken);
        using var changed = await served.Client.SendAsync(later, cancellationToken);

        head.StatusCode.Should().Be(HttpStatusCode.OK);
        head.Content.Headers.ContentLength.Should().Be(10);
        unchanged.StatusCode.Should().Be(HttpStatusCode.NotModified);
        changed.StatusCode.Should().Be(HttpStatusCode.OK, "the range is of an older file");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Empty_file_is_answered(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a");

        (await served.Client.GetByteArrayAsync("/files/a", cancellationToken)).Should().BeEmpty();
    }

    [TestCase("missing", HttpStatusCode.NotFound, "Not Found")]
    [TestCase(".a", HttpStatusCode.NotFound, "Not Found")]
    [TestCase("outside/a", HttpStatusCode.NotFound, "Not Found")]
    [TestCase("sub", HttpStatusCode.BadRequest, "bad type")]
    [CancelAfter(TestTimeout)]
    public async Task What_is_not_a_visible_file_gets_Jupyters_error(
        string path, HttpStatusCode status, string reason, CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create(".a");
        served.Create("sub/b");
        await File.WriteAllTextAsync(Path.Combine(served.Outside, "a"), "secret", cancellationToken);
        File.CreateSymbolicLink(served.PathOf("outside"), served.Outside);

        using var response = await served.Client.GetAsync("/files/" + path, cancellationToken);

        await response.ErrorAsync(status, reason, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Token_is_needed(CancellationToken cancellationToken)
    {
        await using var served = await ServedDirectory.StartAsync();
        served.Create("a");
        using var client = served.Server.NewClient();

        foreach (var path in new[] { "/files/a", "/api/contents/a", "/api/contents" })
        {
            using var response = await client.GetAsync(path, cancellationToken);
            await response.ErrorAsync(HttpStatusCode.Unauthorized, "Unauthorized", cancellationToken);
        }
    }
}
