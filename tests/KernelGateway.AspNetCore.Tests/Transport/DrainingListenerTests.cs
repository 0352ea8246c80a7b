using System.Buffers;
using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.AspNetCore.Transport;
using KernelGateway.Testing.Time;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Transport;

public sealed class DrainingListenerTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_listener_that_is_unbound_accepts_no_more_and_its_address_is_free(CancellationToken token)
    {
        using var factory = DrainingFactory.Create(new SocketTransportOptions());
        var listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), token);
        var accepting = listener.AcceptAsync(token).AsTask();
        await FluentActions.Awaiting(() => factory.BindAsync(listener.EndPoint, token).AsTask()).Should().ThrowAsync<AddressInUseException>();

        await listener.UnbindAsync(token);

        (await accepting).Should().BeNull();
        await (await factory.BindAsync(listener.EndPoint, token)).DisposeAsync();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_client_that_closed_in_the_backlog_leaves_no_socket_and_does_not_end_the_listening(CancellationToken token)
    {
        // Both sockets fail during the set-up: the first does not accept TCP options, the second is closed.
        var broken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        broken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Dispose();
        var good = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var accepted = new Queue<Socket>([broken, closed, good]);
        await using var listener = NewListener(_ => new(accepted.Dequeue()), TimeProvider.System);

        await using var connection = await listener.AcceptAsync(token);

        ((DrainingConnection)connection!).Socket.Should().BeSameAs(good);
        broken.SafeHandle.IsClosed.Should().BeTrue();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Without_descriptors_a_listener_tries_again_after_a_pause_until_it_is_unbound(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        var attempts = 0;
        var listener = NewListener(
            _ =>
            {
                attempts++;
                throw new SocketException((int)SocketError.TooManyOpenSockets);
            },
            time);
        var accepting = listener.AcceptAsync(token).AsTask();
        for (var number = 1; number <= 3; number++)
        {
            await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(100), number, token);
            attempts.Should().Be(number);
            if (number < 3) time.Advance(TimeSpan.FromMilliseconds(100));
        }

        accepting.IsCompleted.Should().BeFalse();
        await listener.DisposeAsync();
        (await accepting).Should().BeNull();
    }

    [Test]
    public void Addresses_of_all_kinds_that_Kestrels_own_sockets_take_can_be_bound()
    {
        using var factory = DrainingFactory.Create(new SocketTransportOptions());

        factory.CanBind(new IPEndPoint(IPAddress.IPv6Any, 80)).Should().BeTrue();
        factory.CanBind(new UnixDomainSocketEndPoint("/tmp/socket")).Should().BeTrue();
        factory.CanBind(new FileHandleEndPoint(3, FileHandleType.Auto)).Should().BeTrue();
        factory.CanBind(new DnsEndPoint("localhost", 80)).Should().BeFalse();
    }

    private static DrainingListener NewListener(Func<CancellationToken, ValueTask<Socket>> accept, TimeProvider time)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return new DrainingListener(socket, new SocketTransportOptions(), MemoryPool<byte>.Shared, time, accept);
    }
}
