using FluentAssertions;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Kernels;
using KernelGateway.Testing.Time;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>The lifetime of a channel session, with a clock that the test advances.</summary>
[TestFixture(ServerSockets.KestrelSockets)]
[TestFixture(ServerSockets.DrainingSockets)]
[TestFixture(ServerSockets.RuntimeWebSocket)]
public sealed class ChannelSessionTests(ServerSockets stack)
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_never_answers_a_ping_stays_connected(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        await ConnectedAsync(server, cancellationToken);

        for (var interval = 0; interval < 10; interval++) _time.Advance(PingInterval);

        var request = await client.ExecuteAsync("print here", cancellationToken);
        Streams(await client.ReceiveAnswersAsync(request, cancellationToken)).Should().Equal("here\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_answers_pings_stays_connected(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        using var client = await ConnectAsync(server, id, "session_id=mine", cancellationToken);
        await ConnectedAsync(server, cancellationToken);

        for (var interval = 0; interval < 10; interval++)
        {
            _time.Advance(PingInterval);
            var request = await client.ExecuteAsync("print still here", cancellationToken);
            Streams(await client.ReceiveAnswersAsync(request, cancellationToken)).Should().Equal("still here\n");
        }
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_stays_away_too_long_gets_a_new_session(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        await LeaveWithOutputAsync(server, id, "mine", cancellationToken);

        _time.Advance(TimeSpan.FromHours(24));

        (await FirstTextAsync(server, id, "mine", cancellationToken)).Should().Be("new\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task The_client_that_left_first_is_removed_when_there_are_too_many_and_is_notified(
        CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(http: http => http.Channels.MaxDetachedSessions = 1, time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);

        await LeaveWithOutputAsync(server, id, "first", cancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));
        await LeaveWithOutputAsync(server, id, "second", cancellationToken);

        (await FirstTextAsync(server, id, "second", cancellationToken)).Should().Be("missed by second\n");
        using var back = await ConnectAsync(server, id, "session_id=first", cancellationToken);
        var request = await back.ExecuteAsync("print back", cancellationToken);
        var texts = Streams(await back.ReceiveAnswersAsync(request, cancellationToken)).ToList();

        // The code of the second client may print after the third client has connected.
        texts.Remove("new\n");
        texts.Should().HaveCount(2);
        texts[0].Should().MatchRegex("[1-9][0-9]* messages .*were dropped here.*More than 1 clients");
        texts[1].Should().Be("back\n");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_of_a_dead_kernel_is_notified_and_can_restart_it(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync(gateway => gateway.Kernels.MaxRestarts = 0, time: _time, stack: stack);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var kernel = server.Gateway.Contexts.Get(id).Kernel;
        await (await server.KernelAsync(cancellationToken)).StopAsync();
        using var witness = await ConnectAsync(server, id, "", cancellationToken);
        await witness.ReceiveUntilAsync(message => IsStatus(message, "dead"), cancellationToken);

        using var client = await ConnectAsync(server, id, "session_id=late", cancellationToken);
        IsStatus((await client.ReceiveAsync(cancellationToken))!, "dead").Should().BeTrue();
        var request = await client.ExecuteAsync("print too late", cancellationToken);
        var answers = await client.ReceiveAnswersAsync(request, cancellationToken);
        answers.Should().Contain(message => TypeOf(message) == "execute_reply" && (string?)message["content"]!["ename"] == "KernelDied");

        await kernel.RestartAsync(cancellationToken);
        var next = await client.ExecuteAsync("print alive", cancellationToken);
        Streams(await client.ReceiveAnswersAsync(next, cancellationToken)).Should().Equal("alive\n");
        kernel.State.Should().Be(KernelState.Ready);
    }

    // Connects, starts code that waits, disconnects, and lets the code print.
    private static async Task LeaveWithOutputAsync(GatewayServer server, string id, string session, CancellationToken cancellationToken)
    {
        using var client = await ConnectAsync(server, id, $"session_id={session}", cancellationToken);
        var request = await client.ExecuteAsync($"wait {session}\nprint missed by {session}", cancellationToken);
        await client.ReceiveUntilAsync(message => TypeOf(message) == "execute_input" && ParentOf(message) == request, cancellationToken);
        client.Kill();
        await DisconnectedAsync(server, session, cancellationToken);
        (await server.KernelAsync(cancellationToken)).Release(session);
        await server.Gateway.Contexts.Get(id).RunAsync("1", cancellationToken: cancellationToken);
    }

    // Returns the first output text of a session after its reconnect: output that it missed, or new output.
    private static async Task<string?> FirstTextAsync(GatewayServer server, string id, string session, CancellationToken cancellationToken)
    {
        using var client = await ConnectAsync(server, id, $"session_id={session}", cancellationToken);
        await client.ExecuteAsync("print new", cancellationToken);
        return TextOf((await client.ReceiveUntilAsync(message => TypeOf(message) == "stream", cancellationToken))[^1]);
    }

    private static async Task ConnectedAsync(GatewayServer server, CancellationToken cancellationToken) =>
        await server.Log.WaitForAsync(5301, cancellationToken);
}
