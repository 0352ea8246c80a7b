using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Scripting;

/// <summary>The sockets of a scripted kernel: where they listen, how they are cut, and what remains of them.</summary>
[CancelAfter(30_000)]
public class ScriptedConnectionTests
{
    [Test]
    public async Task Ipc_sockets_vanish_with_the_kernel(CancellationToken cancellationToken)
    {
        var kernel = await ScriptedKernel.StartAsync(new() { Transport = KernelTransport.Ipc }, cancellationToken);
        var directory = Path.GetDirectoryName(kernel.ConnectionInfo.Ip)!;
        Directory.EnumerateFiles(directory).Should().HaveCount(5);

        await kernel.DisposeAsync();

        Directory.Exists(directory).Should().BeFalse();
    }

    [Test]
    public async Task Welcome_is_sent_to_subscribers_of_newer_kernels(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { SendsWelcome = true }, cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);

        var welcome = await client.WaitForAsync(MessageTypes.IOPubWelcome, null, cancellationToken);

        welcome.ReadContent<IOPubWelcome>().Subscription.Should().BeEmpty();
    }

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public async Task Topic_frame_is_there_or_not(bool usesTopics, int prefixFrames, CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { UsesTopics = usesTopics }, cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        await kernel.PublishAsync(new StreamOutput { Text = "x" });

        (await client.Received.WaitForAsync(received => received.Channel == KernelChannel.IOPub, cancellationToken))
            .PrefixFrames.Should().Be(prefixFrames);
    }

    [TestCase(KernelTransport.InProc)]
    [TestCase(KernelTransport.Tcp)]
    [TestCase(KernelTransport.Ipc)]
    public async Task Cut_connections_are_noticed_and_made_again(KernelTransport transport, CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = transport }, cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await client.Connections.WaitForAsync(change => change == (KernelChannel.Shell, true), cancellationToken);

        await kernel.CutAsync(KernelChannel.Shell, cancellationToken);

        await client.Connections.WaitForAsync(change => change == (KernelChannel.Shell, false), cancellationToken);
        await client.Connections.WaitForAsync(change => change == (KernelChannel.Shell, true), 2, cancellationToken);
        var request = await client.SendAsync(KernelChannel.Shell, new KernelInfoRequest());
        await client.WaitForAsync(MessageTypes.KernelInfoReply, request, cancellationToken);
    }

    [Test]
    public async Task Subscriptions_are_made_again_after_a_cut(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        await kernel.CutAsync(KernelChannel.IOPub, cancellationToken);
        await kernel.WaitForSubscriberAsync(2, cancellationToken);

        await kernel.PublishAsync(new StreamOutput { Text = "x" });
        await client.WaitForAsync(MessageTypes.Stream, null, cancellationToken);
    }

    [Test]
    public async Task Kernel_can_listen_where_it_is_told_after_its_client_has_called(CancellationToken cancellationToken)
    {
        var info = new KernelConnectionInfo
        {
            Transport = KernelTransport.InProc, Ip = $"later-{Guid.NewGuid():N}", Key = "k",
            ShellPort = 1, IOPubPort = 2, StdinPort = 3, ControlPort = 4, HeartbeatPort = 5,
        };
        await using var client = new TestClient(info);
        var request = await client.SendAsync(KernelChannel.Shell, new KernelInfoRequest());

        await using var kernel = await ScriptedKernel.StartAsync(new() { ConnectionInfo = info }, cancellationToken);

        await client.WaitForAsync(MessageTypes.KernelInfoReply, request, cancellationToken);
    }
}
