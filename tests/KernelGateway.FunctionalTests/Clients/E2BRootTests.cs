using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>What only a gateway that runs as root can show: several users, and a disk of its own that is full.</summary>
[Platform("Linux")]
public sealed class E2BRootTests
{
    private const int DiskBytes = 2 << 20;
    private const int TooManyBytes = 8 << 20;

    private readonly DirectoryInfo _disk = Directory.CreateTempSubdirectory("sandbox-disk-");

    [TearDown]
    public void RemoveDirectory() => _disk.Delete();

    [Test]
    [CancelAfter(120_000)]
    public async Task Two_users_work_at_the_same_time(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("Only root can act as a second user.");
        await using var server = await SandboxServer.StartAsync(hasToken: false);

        await server.RunAsync("two_users_at_the_same_time", cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Sdk_is_told_that_the_disk_is_full(CancellationToken cancellationToken)
    {
        await using var server = await SandboxServer.StartWithSmallDiskAsync(_disk.FullName, DiskBytes);

        await server.RunAsync("full_disk", cancellationToken, ("SANDBOX_DISK", _disk.FullName));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Full_disk_has_the_status_and_the_words_of_the_original(CancellationToken cancellationToken)
    {
        await using var server = await SandboxServer.StartWithSmallDiskAsync(_disk.FullName, DiskBytes);
        using var client = new HttpClient { BaseAddress = server.Url };

        var announced = await UploadAsync("announced", TooManyBytes, isChunked: false);
        await ShouldBeFullAsync(announced, $"attempted to write {TooManyBytes} bytes: ");
        await ShouldBeFullAsync(await UploadAsync("chunked", TooManyBytes, isChunked: true), "");
        foreach (var part in new[] { "1", "2" }) (await UploadAsync(part, DiskBytes / 3, isChunked: true)).Dispose();
        var parts = new { source_paths = new[] { PathOf("1"), PathOf("2") }, destination = PathOf("whole") };
        await ShouldBeFullAsync(await client.PostAsJsonAsync("/files/compose", parts, cancellationToken), "");

        using var listing = await client.PostAsJsonAsync(
            "/filesystem.Filesystem/ListDir", new { path = _disk.FullName }, cancellationToken);
        var names = JObject.Parse(await listing.Content.ReadAsStringAsync(cancellationToken))
            .SelectTokens("$.entries[*].name").Select(name => (string?)name);
        names.Should().Equal(["1", "2"], "nothing is half written, and the parts are kept");

        string PathOf(string name) => Path.Combine(_disk.FullName, name);

        async Task<HttpResponseMessage> UploadAsync(string name, int bytes, bool isChunked)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/files?path={PathOf(name)}");
            request.Content = new ByteArrayContent(new byte[bytes]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            request.Headers.TransferEncodingChunked = isChunked;
            return await client.SendAsync(request, cancellationToken);
        }

        async Task ShouldBeFullAsync(HttpResponseMessage response, string start)
        {
            using (response)
            {
                response.StatusCode.Should().Be(HttpStatusCode.InsufficientStorage);
                (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Be(
                    $$"""{"code":507,"message":"{{start}}not enough disk space available"}""");
            }
        }
    }
}
