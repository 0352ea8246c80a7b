using System.Net.WebSockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels.Sockets;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using static KernelGateway.AspNetCore.Tests.Jupyter.Channels.ChannelClient;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>Events between the handshake request of a client and its response.</summary>
[CancelAfter(30_000)]
public sealed class ChannelHandshakeTests
{
    [Test]
    public async Task Output_that_is_published_before_the_handshake_is_answered_reaches_the_client(CancellationToken cancellationToken)
    {
        var sockets = new GatedSockets();
        await using var server = await StartAsync(sockets);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var connecting = ConnectAsync(server, id, "", cancellationToken);
        await sockets.Waiting.WaitForAsync(_ => true, cancellationToken);

        await server.Gateway.Contexts.Get(id).RunAsync("print early", cancellationToken: cancellationToken);
        sockets.Open();

        using var client = await connecting;
        await client.ReceiveUntilAsync(message => TextOf(message) == "early\n", cancellationToken);
    }

    [Test]
    public async Task A_client_whose_context_was_removed_meanwhile_is_notified_after_the_handshake(
        CancellationToken cancellationToken)
    {
        var sockets = new GatedSockets();
        await using var server = await StartAsync(sockets);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var connecting = ConnectAsync(server, id, "", cancellationToken);
        await sockets.Waiting.WaitForAsync(_ => true, cancellationToken);

        await server.Gateway.Contexts.RemoveAsync(id);
        sockets.Open();

        using var client = await connecting;
        while (await client.ReceiveAsync(cancellationToken) is not null)
        {
            // Messages that were sent before the close frame.
        }

        client.CloseReason.Should().StartWith("The kernel was shut down");
    }

    [Test]
    public async Task A_client_that_leaves_during_the_handshake_leaves_nothing_behind(CancellationToken cancellationToken)
    {
        var sockets = new GatedSockets { Fails = true };
        await using var server = await StartAsync(sockets);
        var id = await server.Client.CreateContextAsync(cancellationToken);
        var activity = server.Gateway.Contexts.Get(id).Kernel.Activity;
        var connecting = ConnectAsync(server, id, "", cancellationToken);
        await sockets.Waiting.WaitForAsync(_ => true, cancellationToken);
        activity.Connections.Should().Be(1);

        sockets.Open();

        await FluentActions.Awaiting(() => connecting).Should().ThrowAsync<WebSocketException>();
        activity.Connections.Should().Be(0);
    }

    private static Task<GatewayServer> StartAsync(GatedSockets sockets) =>
        GatewayServer.StartAsync(services: services => services.AddSingleton<IChannelSocketFactory>(sockets));

    /// <summary>Answers handshakes when the test allows it.</summary>
    private sealed class GatedSockets : IChannelSocketFactory
    {
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AwaitableLog<HttpContext> Waiting { get; } = new();

        public bool Fails { get; init; }

        public void Open() => _gate.SetResult();

        public WebSocketRefusal? Check(HttpContext context) => ChannelSocketFactory.Instance.Check(context);

        public async Task<IChannelSocket> AcceptAsync(HttpContext context, string? subProtocol, ChannelSocketOptions options)
        {
            Waiting.Add(context);
            await _gate.Task;
            return Fails
                ? throw new IOException("The client has left.")
                : await ChannelSocketFactory.Instance.AcceptAsync(context, subProtocol, options);
        }
    }
}
