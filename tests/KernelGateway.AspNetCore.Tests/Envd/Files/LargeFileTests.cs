using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Users;
using KernelGateway.SandboxServices.Watching;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Envd.Files;

/// <summary>Files of many blocks, over Kestrel's sockets and the gateway's.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
public class LargeFileTests(ServerSockets stack)
{
    private const int TestTimeout = 60_000;

    // Blocks of the upload and of the download, and what a file has of them before other work gets a turn: one less, exact, one
    // more.
    [TestCase(262_143)]
    [TestCase(262_144)]
    [TestCase(262_145)]
    [TestCase(4_194_304)]
    [TestCase(9_000_001)]
    [CancelAfter(TestTimeout)]
    public async Task Upload_in_each_form_and_its_download_are_the_same_bytes(int length, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(stack: stack);
        var content = CreateContent(length);

        await server.UploadAsync(server.PathOf("plain"), content, cancellationToken);
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(content), "file", server.PathOf("form"));
        using var formAnswer = await server.Client.PostAsync("/files", form, cancellationToken);
        using var packed = new ByteArrayContent(Pack(content));
        packed.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        packed.Headers.ContentEncoding.Add("gzip");
        using var packedAnswer = await server.Client.PostAsync(UrlOf(server, "packed"), packed, cancellationToken);

        formAnswer.StatusCode.Should().Be(HttpStatusCode.OK);
        packedAnswer.StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var name in (string[])["plain", "form", "packed"])
        {
            (await server.Client.GetByteArrayAsync(UrlOf(server, name), cancellationToken)).AsSpan().SequenceEqual(content)
                .Should().BeTrue($"the file '{name}' has the content");
        }
    }

    [TestCase("bytes=131071-4500000", 131_071, 4_500_001)]
    [TestCase("bytes=4194304-", 4_194_304, 9_000_001)]
    [TestCase("bytes=-5000000", 4_000_001, 9_000_001)]
    [CancelAfter(TestTimeout)]
    public async Task Range_over_many_blocks_is_exact(string range, int start, int end, CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(stack: stack);
        var content = CreateContent(9_000_001);
        await File.WriteAllBytesAsync(server.PathOf("file"), content, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(server, "file"));
        request.Headers.TryAddWithoutValidation("Range", range);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, identity");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.PartialContent);
        response.Content.Headers.ContentRange!.ToString().Should().Be(
            string.Create(CultureInfo.InvariantCulture, $"bytes {start}-{end - 1}/{content.Length}"));
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        body.AsSpan().SequenceEqual(content.AsSpan(start, end - start)).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Compressed_download_has_the_content(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(stack: stack);
        var content = CreateContent(5_000_001);
        await File.WriteAllBytesAsync(server.PathOf("file"), content, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(server, "file"));
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        using var unpacked = new MemoryStream();
        await using var packed = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var body = new GZipStream(packed, CompressionMode.Decompress);
        await body.CopyToAsync(unpacked, cancellationToken);
        unpacked.ToArray().AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Upload_whose_client_leaves_in_the_middle_removes_its_file(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(stack: stack);
        await using var watcher = new DirectoryWatcher();
        await using var watch = await watcher.WatchAsync(
            new SandboxFiles(SandboxUser.GetCurrent()), server.Folder, cancellationToken: cancellationToken);
        using var client = await SendHeadAsync(server, $"POST {UrlOf(server, "cut")}", 8 << 20, cancellationToken);

        await client.SendAsync(new byte[4 << 20], cancellationToken);
        await WaitAsync(watch, WatchEventKind.Create, cancellationToken);
        client.LingerState = new LingerOption(true, 0);
        client.Close();

        await WaitAsync(watch, WatchEventKind.Remove, cancellationToken);
        Directory.EnumerateFileSystemEntries(server.Folder).Should().BeEmpty();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_leaves_a_download_does_not_disturb_the_next(CancellationToken cancellationToken)
    {
        await using var server = await EnvdServer.StartAsync(stack: stack);
        var content = CreateContent(32 << 20);
        await File.WriteAllBytesAsync(server.PathOf("file"), content, cancellationToken);
        using (var client = await SendHeadAsync(server, $"GET {UrlOf(server, "file")}", 0, cancellationToken))
        {
            await client.ReceiveAsync(new byte[100_000], cancellationToken);
            client.LingerState = new LingerOption(true, 0);
        }

        var read = await server.Client.GetByteArrayAsync(UrlOf(server, "file"), cancellationToken);
        read.AsSpan().SequenceEqual(content).Should().BeTrue();
        server.Gateway.Log.Entries.Should().NotContain(record => record.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    private static string UrlOf(EnvdServer server, string name) => $"/files?path={Uri.EscapeDataString(server.PathOf(name))}";

    private static byte[] CreateContent(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return packed.ToArray();
    }

    private static async Task<Socket> SendHeadAsync(
        EnvdServer server, string request, int bodyBytes, CancellationToken cancellationToken)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var address = server.Gateway.Address;
        await client.ConnectAsync(IPAddress.Loopback, address.Port, cancellationToken);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"{request} HTTP/1.1\r\nHost: {address.Authority}\r\n{server.Client.DefaultRequestHeaders}"
            + $"Content-Type: application/octet-stream\r\nContent-Length: {bodyBytes}\r\n\r\n");
        await client.SendAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        return client;
    }

    private static async Task WaitAsync(DirectoryWatch watch, WatchEventKind kind, CancellationToken cancellationToken)
    {
        await foreach (var happened in watch.ReadAllAsync(cancellationToken))
        {
            if (happened.Kind == kind && happened.Name == "cut") return;
        }
    }
}
