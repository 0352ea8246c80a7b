using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Requests;

public sealed class RequestBodyTests
{
    private const int TestTimeout = 60_000;

    private static readonly string[] Junk = ["1", "{}", "[[]]", "\"x\""];

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Ten_megabytes_of_unknown_values_run_within_the_smallest_memory([ValueSource(nameof(Junk))] string item, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.MaxMemory = 16 << 20);
        var junk = string.Join(',', Enumerable.Repeat(item, (10 << 20) / (item.Length + 1)));
        var body = Encoding.ASCII.GetBytes($$"""{"junk": [{{junk}}], "code": "return 1", "more": [{"x": [{{item}}]} ]}""");

        using var response = await server.Client.PostRawAsync("/execute", body, "application/json", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("\"reason\":\"completed\"");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_does_not_fit_into_memory_is_refused_for_now_and_leaves_nothing_counted(
        [Values("/execute", "/contexts", "/api/kernels", "/api/sessions", "/api/notebooks/execute")] string path, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.MaxMemory = 16 << 20);
        var variables = string.Join(',', Enumerable.Range(0, 1 << 17).Select(number => $"\"A{number}\":\"{number}\""));
        var body = Encoding.ASCII.GetBytes(
            $$$"""{"code": "x", "env_vars": {{{{variables}}}}, "env": {{{{variables}}}}, "path": "a", "type": "b", "kernel": {"env": {{{{variables}}}} }}""");
        var held = server.Gateway.Memory.UsedBytes;

        using var response = await server.Client.PostRawAsync(path, body, "application/json", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("MaxMemory");
        server.Gateway.Memory.UsedBytes.Should().Be(held);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_is_counted_with_overhead(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(options => options.MaxMemory = 64 << 20);
        var junk = string.Join(',', Enumerable.Repeat("{}", 1 << 20));
        var body = Encoding.ASCII.GetBytes($$"""{"cells": [], "metadata": {"junk": [{{junk}}]}, "nbformat": 4, "nbformat_minor": 5}""");

        using var response = await server.Client.PostRawAsync("/api/notebooks/execute", body, "application/json", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, "three megabytes of text are half a gigabyte of objects");
        (await response.JsonAsync(cancellationToken))["code"]!.Value<string>().Should().Be("memory_limit");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Long_code_arrives_whole(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        var code = "print " + new string('ä', 3 << 20);

        using var stream = await server.Client.ExecuteAsync(code, cancellationToken);
        var lines = await stream.ReadAllAsync(cancellationToken);

        ((string)lines[1]["text"]!).Should().Be(code["print ".Length..] + "\n");
    }

    [TestCase("gzip")]
    [TestCase("x-gzip")]
    [TestCase("deflate")]
    [CancelAfter(TestTimeout)]
    public async Task Compressed_body_is_unpacked(string encoding, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await PostPackedAsync(server, "/execute", """{"code": "return 42"}""", encoding, cancellationToken);

        (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("\"text\":\"42\"");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Limit_of_bodies_holds_after_decompression(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: options => options.MaxRequestBodyBytes = 1 << 20);

        using var response = await PostPackedAsync(server, "/execute", $$"""{"code": "{{new string('x', 1 << 24)}}"}""", "gzip", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [TestCase("br")]
    [TestCase("zstd")]
    [TestCase("gzip, gzip")]
    [CancelAfter(TestTimeout)]
    public async Task Encoding_that_is_not_known_is_named(string encoding, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        foreach (var path in new[] { "/execute", "/api/kernels" })
        {
            using var response = await PostPackedAsync(server, path, "{}", encoding, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
            (await response.Content.ReadAsStringAsync(cancellationToken)).Should().Contain($"'{encoding}'").And.Contain("gzip");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Body_that_does_not_match_its_encoding_is_malformed(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/execute") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Content.Headers.ContentEncoding.Add("gzip");

        using var response = await server.Client.SendAsync(request, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [TestCase("/api/kernels", HttpStatusCode.Created)]
    [TestCase("/contexts", HttpStatusCode.OK)]
    [TestCase("/api/sessions", HttpStatusCode.BadRequest)]
    [TestCase("/execute", HttpStatusCode.UnprocessableEntity)]
    [TestCase("/api/notebooks/execute", HttpStatusCode.BadRequest)]
    [CancelAfter(TestTimeout)]
    public async Task Null_counts_as_no_body_where_that_is_possible(string path, HttpStatusCode status, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var response = await server.Client.PostRawAsync(path, "null"u8.ToArray(), "application/json", cancellationToken);

        response.StatusCode.Should().Be(status);
    }

    [TestCase("FFFFFFFFFFFFFFFFFFFF")]
    [TestCase("80000000")]
    [TestCase("zz")]
    [CancelAfter(TestTimeout)]
    public async Task Chunk_size_beyond_every_number_is_malformed_and_fills_no_log(string size, CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();
        foreach (var token in new[] { GatewayServer.Token, "wrong" })
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", server.Address.Port, cancellationToken);
            var request = $"POST /execute HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size}\r\n{{}}";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            using var reader = new StreamReader(client.GetStream());

            var status = await reader.ReadLineAsync(cancellationToken);
            await reader.ReadToEndAsync(cancellationToken);

            status.Should().StartWith(token == "wrong" ? "HTTP/1.1 401" : "HTTP/1.1 400");
        }

        server.Log.Entries.Should().NotContain(entry => entry.Level >= LogLevel.Error || (entry.Level > LogLevel.Debug && entry.Exception != null));
    }

    private static async Task<HttpResponseMessage> PostPackedAsync(
        GatewayServer server, string path, string json, string encoding, CancellationToken cancellationToken)
    {
        using var packed = new MemoryStream();
        Stream packer = encoding == "deflate"
            ? new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true)
            : new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true);
        await using (packer) await packer.WriteAsync(Encoding.UTF8.GetBytes(json), cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(packed.ToArray()) };
        request.Content.Headers.ContentType = new("application/json");
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return await server.Client.SendAsync(request, cancellationToken);
    }
}
