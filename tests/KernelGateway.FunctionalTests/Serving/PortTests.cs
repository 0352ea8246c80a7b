using System.Security.Cryptography;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary><c>serve --domain</c>: requests for local ports.</summary>
public sealed class PortTests
{
    private const int BodyBytes = 100 << 20;

    // Garbage of a few seconds and the code of the forwarder; a body in memory would be twice as much.
    private const long MemoryBytes = 60 << 20;

    [Test]
    [CancelAfter(120_000)]
    [Platform("Linux")]
    public async Task Body_of_100_MB_passes_both_ways_and_is_never_in_memory(CancellationToken cancellationToken)
    {
        var pattern = RandomNumberGenerator.GetBytes(1 << 20);
        await using var backend = await StartBackendAsync(pattern);
        await using var server = await ServerProcess.StartAsync(cancellationToken, "--warm", "none", "--auth", "none", "--domain", "localhost");
        using var client = new HttpClient { BaseAddress = server.Url };
        var port = new Uri(backend.Urls.Single()).Port;
        (await SendAsync(client, port, new ByteArrayContent([1]), cancellationToken)).Should().Be(("1", BodyBytes), "the first request compiles the code");
        var before = PeakBytes(server);

        (await SendAsync(client, port, new RepeatedContent(pattern, BodyBytes), cancellationToken)).Should().Be(($"{BodyBytes}", BodyBytes));

        (PeakBytes(server) - before).Should().BeLessThan(MemoryBytes);
    }

    // Answers with the number of received bytes in a header, and as many bytes as the test wants.
    private static async Task<WebApplication> StartBackendAsync(byte[] pattern)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Run(async context =>
        {
            var (received, buffer) = (0L, new byte[64 << 10]);
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count) received += count;
            context.Response.Headers["X-Received"] = $"{received}";
            for (var sent = 0; sent < BodyBytes; sent += pattern.Length) await context.Response.Body.WriteAsync(pattern, context.RequestAborted);
        });
        await app.StartAsync();
        return app;
    }

    private static async Task<(string Received, long Returned)> SendAsync(HttpClient client, int port, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = content };
        request.Headers.Host = $"{port}-abc.localhost";
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var stream = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
        var (returned, buffer) = (0L, new byte[64 << 10]);
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count) returned += count;
        return (response.Headers.GetValues("X-Received").Single(), returned);
    }

    private static long PeakBytes(ServerProcess server)
    {
        var line = File.ReadLines($"/proc/{server.ProcessId}/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }

    private sealed class RepeatedContent(byte[] pattern, int length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            for (var sent = 0; sent < length; sent += pattern.Length) await stream.WriteAsync(pattern);
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = 0;
            return false;   // chunked, as the E2B SDK for JavaScript sends its bodies
        }
    }
}
