using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Testing;
using KernelGateway.Testing.Scripting;
using KernelGateway.Transports;
using NetMQ;
using NUnit.Framework;

namespace KernelGateway.NetMQ.Tests;

/// <summary>What differs from other transports; what all have in common is tested by <c>KernelChannelsTests</c>.</summary>
[CancelAfter(60_000)]
public sealed class NetMQTransportTests
{
    private readonly NetMQTransport _transport = new();

    [Test]
    public void Unix_sockets_are_refused_because_NetMQ_means_something_else_by_them()
    {
        const string Sentence = "NetMQ's ipc:// is loopback TCP by another name, and cannot reach a kernel's Unix socket.";

        _transport.FindProblem(KernelTransport.Ipc).Should().Be(Sentence);
        _transport.FindProblem(KernelTransport.InProc).Should().NotBeNull();
        _transport.FindProblem(KernelTransport.Tcp).Should().BeNull();
        _transport.Invoking(transport => transport.Open(Info("/run/kernel") with { Transport = KernelTransport.Ipc }, Options()))
            .Should().Throw<NotSupportedException>().WithMessage(Sentence);
    }

    [TestCase("localhost")]
    [TestCase("127.0.0.1")]
    public async Task A_host_name_is_resolved(string host)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = KernelTransport.Tcp, IsWellBehaved = false }, cancellationToken);
        await using var channels = _transport.Open(kernel.ConnectionInfo with { Ip = host }, Options());

        channels.Connect(KernelChannel.Shell);
        await channels.SendAsync(KernelChannel.Shell, ["hello"u8.ToArray()], cancellationToken);

        (await kernel.Received.WaitForAsync(_ => true, cancellationToken)).Frames.Should().HaveCount(2);
        (await channels.PingAsync(cancellationToken)).Should().BeTrue();
    }

    [Test]
    public async Task IPv6_addresses_are_reached(CancellationToken cancellationToken)
    {
        if (!System.Net.Sockets.Socket.OSSupportsIPv6) Assert.Ignore("This machine has no IPv6.");
        var info = Info("::1");
        await using var kernel = await ScriptedKernel.StartAsync(new() { ConnectionInfo = info, IsWellBehaved = false }, cancellationToken);
        await using var channels = _transport.Open(kernel.ConnectionInfo, Options());

        channels.Connect(KernelChannel.IOPub);

        (await kernel.WaitForSubscriberAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test]
    public async Task Channels_that_wait_for_a_name_are_disposed_at_once()
    {
        var channels = _transport.Open(Info("no-such-host.invalid"), Options());
        channels.Connect(KernelChannel.IOPub);
        var pinging = channels.PingAsync(CancellationToken.None);

        await channels.DisposeAsync();

        await FluentActions.Awaiting(() => pinging).Should().ThrowAsync<ObjectDisposedException>();
        channels.Invoking(closed => closed.Connect(KernelChannel.Shell)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task Channels_that_are_not_used_leave_nothing()
    {
        var channels = _transport.Open(Info("127.0.0.1"), Options());

        await channels.DisposeAsync();
        await channels.DisposeAsync();
    }

    [Test]
    [NonParallelizable]
    public async Task A_program_that_ends_NetMQ_ends_the_channels_with_a_reason(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = KernelTransport.Tcp, IsWellBehaved = false }, cancellationToken);
        var channels = _transport.Open(kernel.ConnectionInfo, Options());
        channels.Connect(KernelChannel.IOPub);
        await kernel.WaitForSubscriberAsync(cancellationToken);
        var receiving = channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken);

        // It returns when the last socket is closed.
        var ending = Task.Run(() => NetMQConfig.Cleanup(), cancellationToken);
        await FluentActions.Awaiting(() => receiving.AsTask()).Should().ThrowAsync<IOException>().WithMessage("NetMQ's sockets have failed:*");
        await channels.DisposeAsync();
        await ending.WaitAsync(cancellationToken);

        await using var next = _transport.Open(kernel.ConnectionInfo, Options());
        next.Connect(KernelChannel.IOPub);
        await kernel.WaitForSubscriberAsync(2, cancellationToken);
    }

    private static KernelChannelsOptions Options() => new() { RoutingId = "client" };

    private static KernelConnectionInfo Info(string ip) => new()
    {
        Transport = KernelTransport.Tcp,
        Ip = ip,
        ShellPort = 0, IOPubPort = 0, StdinPort = 0, ControlPort = 0, HeartbeatPort = 0,
        Key = "",
    };
}
