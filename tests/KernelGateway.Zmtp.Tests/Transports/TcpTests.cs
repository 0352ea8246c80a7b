using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.Zmtp.Sockets;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Transports;

[CancelAfter(30_000)]
public sealed class TcpTests
{
    [TestCase("tcp://127.0.0.1:0", "tcp://127.0.0.1:")]
    [TestCase("tcp://127.0.0.1:*", "tcp://127.0.0.1:")]
    [TestCase("tcp://localhost:0", "tcp://")]
    [TestCase("tcp://[::1]:0", "tcp://[::1]:")]
    public async Task A_free_port_is_found_and_returned(string bind, string expectedStart, CancellationToken token)
    {
        if (bind.Contains('[', StringComparison.Ordinal) && !Socket.OSSupportsIPv6) Assert.Ignore("This machine has no IPv6.");
        await using var router = new RouterSocket();
        string endpoint;
        try
        {
            endpoint = await router.BindAsync(bind, token);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            Assert.Ignore("This machine has no IPv6 loopback address.");
            return;
        }

        endpoint.Should().StartWith(expectedStart).And.NotEndWith(":0");
        await using var dealer = new DealerSocket();
        dealer.Connect(endpoint);
        await dealer.SendAsync(Bytes.Frames("hi"), token);
        (await router.ReceiveAsync(token)).TakeText().Should().EndWith("|hi");
    }

    [Test]
    public async Task Name_is_resolved_when_connecting(CancellationToken token)
    {
        await using var router = new RouterSocket();
        var port = (await router.BindAsync("tcp://127.0.0.1:0", token)).Split(':')[^1];
        await using var dealer = new DealerSocket();

        dealer.Connect($"tcp://localhost:{port}");
        await dealer.SendAsync(Bytes.Frames("hi"), token);

        (await router.ReceiveAsync(token)).TakeText().Should().EndWith("|hi");
    }

    [Test]
    public async Task Port_in_use_is_an_error_of_binding(CancellationToken token)
    {
        await using var first = new RouterSocket();
        var endpoint = await first.BindAsync("tcp://127.0.0.1:0", token);
        await using var second = new RouterSocket();

        (await FluentActions.Awaiting(() => second.BindAsync(endpoint, token)).Should().ThrowAsync<SocketException>())
            .Which.SocketErrorCode.Should().Be(SocketError.AddressAlreadyInUse);
    }

    [Test]
    public async Task Listener_that_comes_back_is_found_again(CancellationToken token)
    {
        await using var dealer = new DealerSocket();
        var log = new ConnectionLog(dealer);
        string endpoint;
        await using (var first = new RouterSocket())
        {
            endpoint = await first.BindAsync("tcp://127.0.0.1:0", token);
            dealer.Connect(endpoint);
            await dealer.SendAsync(Bytes.Frames("1"), token);
            (await first.ReceiveAsync(token)).TakeText().Should().EndWith("|1");
        }

        (await log.EndedAsync(token)).Change.Should().Be(ZmtpConnectionChange.Lost);
        await using var second = new RouterSocket();
        await second.BindAsync(endpoint, token);
        await dealer.SendAsync(Bytes.Frames("2"), token);

        (await second.ReceiveAsync(token)).TakeText().Should().EndWith("|2");
    }
}
