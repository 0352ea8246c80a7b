using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Tests.Jupyter.Channels;
using KernelGateway.AspNetCore.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Transport;

/// <summary>A gateway that listens on a Unix socket.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[Platform("Linux")]
public sealed class UnixSocketServerTests(ServerSockets stack)
{
    private const int TestTimeout = 60_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("kernel-gateway-tests-").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_runs_through_a_stream_and_through_a_WebSocket(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http => http.Audit = true);
        var id = await server.Client.CreateContextAsync(cancellationToken);

        using var stream = await server.Client.ExecuteAsync("print hello", cancellationToken);
        (await stream.ReadUntilAsync("stdout", cancellationToken))["text"]!.ToString().Should().Be("hello\n");
        using var client = await ChannelClient.ConnectAsync(server, id, "", cancellationToken);
        var answers = await client.ReceiveAnswersAsync(await client.ExecuteAsync("print again", cancellationToken), cancellationToken);

        ChannelClient.Streams(answers).Should().Equal("again\n");
        server.Log.Entries.Where(entry => entry.Category == AuditLog.Category).Should().OnlyContain(entry => (string)entry["RemoteAddress"]! == "local");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Token_and_host_are_checked(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync();
        using var stranger = server.NewClient();
        server.Client.DefaultRequestHeaders.Host = "evil.example.com";

        using var withoutToken = await stranger.GetAsync("/contexts", cancellationToken);
        using var wrongHost = await server.Client.GetAsync("/contexts", cancellationToken);

        withoutToken.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        wrongHost.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Without_authentication_it_counts_as_loopback(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(http => http.Authentication = KernelGatewayAuthentication.None);
        using var client = server.NewClient();

        (await client.GetStringAsync("/contexts", cancellationToken)).Should().Be("[]");
    }

    private Task<GatewayServer> StartAsync(Action<KernelGatewayHttpOptions>? http = null) =>
        GatewayServer.StartAsync(http: http, stack: stack, socket: Path.Combine(_directory, "socket"));
}
