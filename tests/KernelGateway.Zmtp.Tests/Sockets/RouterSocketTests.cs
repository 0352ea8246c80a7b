using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

[CancelAfter(30_000)]
public sealed class RouterSocketTests
{
    [Test]
    public async Task Anonymous_peers_get_ids_of_their_own_that_begin_with_zero(CancellationToken token)
    {
        await using var router = Create();
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using var first = await ConnectAsync(endpoint, null, token);
        using var second = await ConnectAsync(endpoint, null, token);
        await first.SendAsync(Bytes.Message("1"));
        var firstId = (await router.ReceiveAsync(token)).TakeFrames()[0];
        await second.SendAsync(Bytes.Message("2"));
        var secondId = (await router.ReceiveAsync(token)).TakeFrames()[0];

        firstId.Should().HaveCount(5).And.StartWith((byte)0);
        secondId.Should().HaveCount(5).And.NotEqual(firstId);
        await router.SendAsync([secondId, Bytes.Text("to the second")], token);
        (await second.ReadFrameAsync(token)).Should().Equal(Bytes.Message("to the second"));
    }

    [Test]
    public async Task Messages_to_unknown_ids_and_bare_addresses_are_dropped(CancellationToken token)
    {
        await using var router = Create();
        using var peer = await ConnectAsync(await router.BindAsync(RawPeer.FreshName(), token), "me", token);
        await peer.SendAsync(Bytes.Message("here"));
        (await router.ReceiveAsync(token)).Dispose();

        await router.SendAsync(Bytes.Frames("unknown", "x"), token);
        await router.SendAsync(Bytes.Frames("me"), token);
        await router.SendAsync(Bytes.Frames("me", "good"), token);

        (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Message("good"));
    }

    [Test]
    public async Task Mandatory_router_throws_when_no_peer_has_the_id(CancellationToken token)
    {
        await using var router = Create(mandatory: true);

        var send = async () => await router.SendAsync(Bytes.Frames("unknown", "x"), token);

        (await send.Should().ThrowAsync<ZmtpUnroutableException>()).Which.IsQueueFull.Should().BeFalse();
    }

    [Test]
    public async Task First_of_two_with_the_same_id_keeps_it(CancellationToken token)
    {
        await using var router = Create();
        var log = new ConnectionLog(router);
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using var first = await ConnectAsync(endpoint, "twin", token);
        await log.ConnectedAsync(token);
        using var second = await ConnectAsync(endpoint, "twin", token);
        await log.ConnectedAsync(token);

        await second.SendAsync(Bytes.Message("ignored"), Bytes.Command("PING", 0, 0));
        (await second.ReadFrameAsync(token)).Should().Equal(Bytes.Command("PONG"), "the second peer stays connected");
        await first.SendAsync(Bytes.Message("heard"));
        (await router.ReceiveAsync(token)).TakeText().Should().Be("twin|heard");
        await router.SendAsync(Bytes.Frames("twin", "answer"), token);
        (await first.ReadFrameAsync(token)).Should().Equal(Bytes.Message("answer"));

        first.Dispose();
        await log.EndedAsync(token);
        using var third = await ConnectAsync(endpoint, "twin", token);
        await second.SendAsync(Bytes.Message("still ignored"), Bytes.Command("PING", 0, 0));
        await second.ReadFrameAsync(token);
        await third.SendAsync(Bytes.Message("third"));
        (await router.ReceiveAsync(token)).TakeText().Should().Be("twin|third");
    }

    [Test]
    public async Task New_socket_takes_the_id_over_when_handover_is_on(CancellationToken token)
    {
        await using var router = Create(handover: true);
        var log = new ConnectionLog(router);
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using var first = await ConnectAsync(endpoint, "twin", token);
        await log.ConnectedAsync(token);
        using var second = await ConnectAsync(endpoint, "twin", token);
        await log.ConnectedAsync(token);

        await first.SendAsync(Bytes.Message("ignored"), Bytes.Command("PING", 0, 0));
        await first.ReadFrameAsync(token);
        first.Dispose();
        await log.EndedAsync(token);
        await router.SendAsync(Bytes.Frames("twin", "to the second"), token);
        (await second.ReadFrameAsync(token)).Should().Equal(Bytes.Message("to the second"));
        await second.SendAsync(Bytes.Message("heard"));
        (await router.ReceiveAsync(token)).TakeText().Should().Be("twin|heard");
    }

    [Test]
    public async Task Messages_of_a_disconnected_peer_stay_readable(CancellationToken token)
    {
        await using var router = Create();
        var log = new ConnectionLog(router);
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using (var peer = await ConnectAsync(endpoint, "me", token))
            await peer.SendAsync(Bytes.Message("1"), Bytes.Message("2"));
        await log.EndedAsync(token);

        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|1");
        await router.SendAsync(Bytes.Frames("me", "dropped"), token);
        (await router.ReceiveAsync(token)).TakeText().Should().Be("me|2");
    }

    [Test]
    public async Task Messages_of_peers_are_received_in_turn(CancellationToken token)
    {
        await using var router = Create();
        var endpoint = await router.BindAsync(RawPeer.FreshName(), token);
        using var first = await ConnectAsync(endpoint, "a", token);
        using var second = await ConnectAsync(endpoint, "b", token);
        foreach (var peer in new[] { first, second })
        {
            await peer.SendAsync(Bytes.Message("1"), Bytes.Message("2"), Bytes.Message("3"), Bytes.Command("PING", 0, 0));
            (await peer.ReadFrameAsync(token)).Should().Equal(Bytes.Command("PONG"));
        }

        var order = new List<string>();
        for (var i = 0; i < 6; i++)
            order.Add((await router.ReceiveAsync(token)).TakeText());

        order.Should().Equal("a|1", "b|1", "a|2", "b|2", "a|3", "b|3");
    }

    private static RouterSocket Create(bool handover = false, bool mandatory = false) => new(new ZmtpSocketOptions
    {
        RouterHandover = handover,
        RouterMandatory = mandatory,
        Linger = TimeSpan.Zero,
    });

    private static async Task<RawPeer> ConnectAsync(string endpoint, string? routingId, CancellationToken token)
    {
        var peer = RawPeer.ConnectInproc(endpoint);
        await peer.ShakeHandsAsync("DEALER", token, routingId);
        return peer;
    }
}
