using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

/// <summary>Sockets with in-memory peers that share a memory budget.</summary>
[CancelAfter(30_000)]
public sealed class MemoryBudgetTests
{
    private const int Large = 200_000;
    private const int LargeBlock = 256 * 1024;

    [Test]
    public async Task Refused_message_ends_its_connection_and_no_other(CancellationToken token)
    {
        var budget = new TestBudget(LargeBlock);
        await using var first = CreateDealer(budget);
        await using var second = CreateDealer(budget);
        var log = new ConnectionLog(second);
        using var peer = await ConnectAsync(first, token);
        using var refused = await ConnectAsync(second, token);
        await peer.SendAsync(Bytes.Message(Bytes.Filled(Large)));
        await budget.WaitForUseAsync(LargeBlock, token);

        await refused.SendAsync(Bytes.Message("before"), Bytes.Message(Bytes.Filled(Large))[..100]);

        var end = await log.EndedAsync(token);
        end.Reason.Should().Be(ZmtpConnectionEndReason.ProtocolError);
        end.Exception!.Message.Should().Contain("no memory left");
        (await second.ReceiveAsync(token)).TakeText().Should().Be("before");
        (await first.ReceiveAsync(token)).TakeText().Should().HaveLength(Large);
        budget.UsedBytes.Should().Be(0);
        using var again = await ConnectAsync(second, token);
        await again.SendAsync(Bytes.Message(Bytes.Filled(Large)));
        (await second.ReceiveAsync(token)).TakeText().Should().HaveLength(Large, "memory is available again");
    }

    [Test]
    public async Task Connection_that_ends_in_the_middle_of_a_message_releases_what_it_held(
        [Values(100_000, Large + 100_000)] int bytes, CancellationToken token)
    {
        var budget = new TestBudget(10 << 20);
        await using var dealer = CreateDealer(budget);
        var log = new ConnectionLog(dealer);
        var peer = await ConnectAsync(dealer, token);
        var sending = peer.SendAsync(Bytes.Message(Bytes.Filled(Large), Bytes.Filled(Large))[..bytes]);
        await budget.WaitForUseAsync(bytes > Large ? 2 * LargeBlock : LargeBlock, token);
        await sending;

        peer.Dispose();

        (await log.EndedAsync(token)).Reason.Should().Be(ZmtpConnectionEndReason.PeerClosed);
        budget.UsedBytes.Should().Be(0, "the memory is released before the end is reported");
    }

    [Test]
    public async Task Disposing_a_socket_releases_the_messages_that_nobody_took(CancellationToken token)
    {
        var budget = new TestBudget(10 << 20);
        var dealer = CreateDealer(budget);
        using var peer = await ConnectAsync(dealer, token);
        await peer.SendAsync(Bytes.Message(Bytes.Filled(Large)), Bytes.Message(Bytes.Filled(Large)));
        await budget.WaitForUseAsync(2 * LargeBlock, token);

        await dealer.DisposeAsync();

        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public async Task Subscriber_releases_messages_of_topics_that_nobody_wants(CancellationToken token)
    {
        var budget = new TestBudget(10 << 20);
        await using var subscriber = new SubscriberSocket(new ZmtpSocketOptions { MemoryBudget = budget });
        using var peer = RawPeer.ConnectInproc(await subscriber.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("PUB", token);
        subscriber.Subscribe("wanted"u8);

        await peer.SendAsync(Bytes.Message(Bytes.Text("other"), Bytes.Filled(Large)), Bytes.Message("wanted"));

        (await subscriber.ReceiveAsync(token)).TakeText().Should().Be("wanted");
        budget.Requests.Should().Be(1);
        budget.UsedBytes.Should().Be(0);
    }

    private static DealerSocket CreateDealer(TestBudget budget) => new(new ZmtpSocketOptions { MemoryBudget = budget, Linger = TimeSpan.Zero });

    private static async Task<RawPeer> ConnectAsync(DealerSocket dealer, CancellationToken token)
    {
        var peer = RawPeer.ConnectInproc(await dealer.BindAsync(RawPeer.FreshName(), token));
        await peer.ShakeHandsAsync("DEALER", token);
        return peer;
    }
}
