using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Sockets;

[CancelAfter(60_000)]
public sealed class TryReceiveTests
{
    [Test]
    public async Task Messages_received_before_a_connection_was_lost_can_still_be_taken(CancellationToken token)
    {
        const int Messages = 20;
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var dealer = new DealerSocket(new ZmtpSocketOptions { Linger = TimeSpan.Zero });
        dealer.ConnectionChanged += change =>
        {
            if (change.Change == ZmtpConnectionChange.Lost) lost.TrySetResult();
        };
        var router = new RouterSocket();
        dealer.Connect(await router.BindAsync(RawPeer.FreshName(), token));
        await dealer.SendAsync(Bytes.Frames("hello"), token);
        var identity = (await router.ReceiveAsync(token)).TakeFrames()[0];
        for (var i = 0; i < Messages; i++) await router.SendAsync([identity, Bytes.Text($"{i}")], token);
        await router.DisposeAsync();
        await lost.Task.WaitAsync(token);

        for (var i = 0; i < Messages; i++)
        {
            dealer.TryReceive(out var message).Should().BeTrue();
            message!.TakeFrames()[0].Should().Equal(Bytes.Text($"{i}"));
        }

        dealer.TryReceive(out _).Should().BeFalse();
    }
}
