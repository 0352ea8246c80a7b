using FluentAssertions;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Transports;

/// <summary>What <see cref="IKernelChannels"/> promises, on every transport.</summary>
[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.All))]
[CancelAfter(60_000)]
public sealed class KernelChannelsTests(TestedTransport tested)
{
    private const long MiB = 1 << 20;

    [Test]
    public async Task Requests_of_all_channels_have_one_routing_id_and_their_answers_arrive(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        foreach (var channel in new[] { KernelChannel.Shell, KernelChannel.Control, KernelChannel.Stdin })
        {
            await channels.SendAsync(channel, $"request on {channel}", cancellationToken);

            var request = await kernel.Received.WaitForAsync(received => received.Channel == channel, cancellationToken);
            OpenChannels.Text(request.Frames).Should().Be($"{OpenChannels.RoutingId}|request on {channel}");
            await kernel.SendFramesAsync(channel, [request.Frames[0], OpenChannels.Frame("answer"), default], cancellationToken);
            (await channels.ReceiveAsync(channel, cancellationToken)).Should().Be("answer|");
        }
    }

    [Test]
    public async Task Everything_that_is_published_arrives_in_order_however_slowly_it_is_received(CancellationToken cancellationToken)
    {
        const int Messages = 5_000;
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(
            tested, kernel.ConnectionInfo, new KernelChannelsOptions { RoutingId = OpenChannels.RoutingId, MaxQueuedMessages = 20 });
        await kernel.WaitForSubscriberAsync(cancellationToken);
        for (var i = 0; i < Messages; i++) await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame(i), new byte[300]], cancellationToken);

        for (var i = 0; i < Messages; i++)
        {
            using var message = await channels.Channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken);
            message.Frames[0].ToArray().Should().Equal(OpenChannels.Frame(i).ToArray());
            message.Frames[1].Length.Should().Be(300);
        }

        channels.Channels.TryReceive(KernelChannel.IOPub, out _).Should().BeFalse();
    }

    [Test]
    public async Task What_a_lost_connection_had_delivered_can_be_taken(CancellationToken cancellationToken)
    {
        const int Messages = 500;
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);
        for (var i = 0; i < Messages; i++) await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame(i)], cancellationToken);

        await kernel.CloseAsync(KernelChannel.IOPub);
        await channels.WaitForAsync(KernelChannel.IOPub, ChannelChange.Lost, cancellationToken);

        var taken = new List<string>();
        while (channels.Channels.TryReceive(KernelChannel.IOPub, out var message))
        {
            using (message) taken.Add(OpenChannels.Text(message.Frames));
        }

        taken.Should().Equal(Enumerable.Range(0, Messages).Select(i => OpenChannels.Text([OpenChannels.Frame(i)])));
    }

    [Test]
    public async Task A_lost_channel_is_connected_again_and_subscribed_again(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        await kernel.CutAsync(KernelChannel.IOPub, cancellationToken);
        await kernel.WaitForSubscriberAsync(2, cancellationToken);
        await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame("again")], cancellationToken);

        (await channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken)).Should().Be("again");
        channels.Events.Items.Where(happened => happened.Channel == KernelChannel.IOPub).Select(happened => happened.Change)
            .Should().Equal(ChannelChange.Connected, ChannelChange.Lost, ChannelChange.Connected);
    }

    [Test]
    public async Task A_request_that_waits_for_a_connection_is_sent_on_the_next_one(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        await channels.WaitForAsync(KernelChannel.Shell, ChannelChange.Connected, cancellationToken);
        await kernel.WaitForConnectionAsync(KernelChannel.Shell, cancellationToken);
        await kernel.CloseAsync(KernelChannel.Shell);
        await channels.WaitForAsync(KernelChannel.Shell, ChannelChange.Lost, cancellationToken);

        await channels.SendAsync(KernelChannel.Shell, "waits", cancellationToken);
        await kernel.CutAsync(KernelChannel.Shell, cancellationToken);

        var request = await kernel.Received.WaitForAsync(received => received.Channel == KernelChannel.Shell, cancellationToken);
        OpenChannels.Text(request.Frames).Should().EndWith("waits");
    }

    [Test]
    public async Task A_cancelled_receive_loses_no_message(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            var receiving = channels.ReceiveAsync(KernelChannel.IOPub, stop.Token);
            await stop.CancelAsync();
            await receiving.Awaiting(task => task).Should().ThrowAsync<OperationCanceledException>();
        }

        await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame("kept")], cancellationToken);

        (await channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken)).Should().Be("kept");
    }

    [Test]
    public async Task Sends_wait_when_the_queue_is_full_and_a_cancelled_one_is_not_sent(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        var addresses = kernel.ConnectionInfo;
        await kernel.StopAsync();
        await using var channels = OpenChannels.Open(
            tested, addresses, new KernelChannelsOptions { RoutingId = OpenChannels.RoutingId, MaxQueuedMessages = 10 });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        var sends = Enumerable.Range(0, 200).Select(i => channels.SendAsync(KernelChannel.Control, $"{i}", stop.Token).AsTask()).ToList();
        await Task.WhenAll(sends.Take(10));
        await stop.CancelAsync();
        await Task.WhenAll(sends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // A transport may hold some messages in buffers of its own, and not many.
        var accepted = sends.Count(send => send.IsCompletedSuccessfully);
        accepted.Should().BeInRange(10, 100);
        sends.Skip(accepted).Should().OnlyContain(send => send.IsCanceled);
    }

    [Test]
    public async Task Disposal_ends_everything_that_waits(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        kernel.IsSilent = true;
        var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        var receiving = channels.ReceiveAsync(KernelChannel.Shell, cancellationToken);
        var pinging = channels.Channels.PingAsync(cancellationToken);
        await kernel.Heartbeats.WaitForAsync(_ => true, cancellationToken);

        await channels.DisposeAsync();
        await channels.DisposeAsync();

        await receiving.Awaiting(task => task).Should().ThrowAsync<ObjectDisposedException>();
        await pinging.Awaiting(task => task).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => channels.SendAsync(KernelChannel.Shell, "late", cancellationToken).AsTask())
            .Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken)).Should().ThrowAsync<ObjectDisposedException>();
        channels.Channels.Invoking(closed => closed.TryReceive(KernelChannel.IOPub, out _)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task A_heartbeat_waits_for_a_listener_and_is_echoed(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        await kernel.CloseAsync(KernelChannel.Heartbeat);

        var pinging = channels.Channels.PingAsync(cancellationToken);
        await kernel.CutAsync(KernelChannel.Heartbeat, cancellationToken);

        (await pinging).Should().BeTrue();
        (await channels.Channels.PingAsync(cancellationToken)).Should().BeTrue();
    }

    [Test]
    public async Task A_heartbeat_whose_connection_ends_before_the_echo_is_not_waited_for(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        kernel.IsSilent = true;
        await using var channels = OpenChannels.Open(tested, kernel.ConnectionInfo);
        var pinging = channels.Channels.PingAsync(cancellationToken);
        await kernel.Heartbeats.WaitForAsync(_ => true, cancellationToken);

        await kernel.CloseAsync(KernelChannel.Heartbeat);

        (await pinging).Should().BeFalse();
    }

    [Test]
    public async Task A_message_of_too_many_frames_is_refused_and_the_next_one_arrives(CancellationToken cancellationToken)
    {
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(
            tested, kernel.ConnectionInfo, new KernelChannelsOptions { RoutingId = OpenChannels.RoutingId, MaxFramesPerMessage = 10 });
        await kernel.WaitForSubscriberAsync(cancellationToken);

        await kernel.SendFramesAsync(KernelChannel.IOPub, new ReadOnlyMemory<byte>[11], cancellationToken);
        var refused = await channels.Events.WaitForAsync(happened => happened.Change == ChannelChange.MessageRefused, cancellationToken);

        // The refusal may end the connection, and then a message that is published before the next subscription is lost.
        var receiving = channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken);
        await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame("behind")], cancellationToken);
        var subscribing = kernel.WaitForSubscriberAsync(2, cancellationToken);
        if (await Task.WhenAny(receiving, subscribing) == subscribing)
            await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame("behind")], cancellationToken);

        (await receiving).Should().Be("behind");
        refused.Channel.Should().Be(KernelChannel.IOPub);
        refused.Problem.Should().Contain("10 frames");
    }

    [Test]
    public async Task A_large_message_for_which_there_is_no_memory_is_refused(CancellationToken cancellationToken)
    {
        var memory = new MemoryAccount(16 * MiB);
        memory.Reserve(16 * MiB);
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using (var channels = OpenChannels.Open(
            tested, kernel.ConnectionInfo, new KernelChannelsOptions { RoutingId = OpenChannels.RoutingId, Budget = memory.ReceivedMessages }))
        {
            await kernel.WaitForSubscriberAsync(cancellationToken);

            await kernel.SendFramesAsync(KernelChannel.IOPub, [OpenChannels.Frame("large"), new byte[20 * MiB]], cancellationToken);
            var refused = await channels.Events.WaitForAsync(happened => happened.Change == ChannelChange.MessageRefused, cancellationToken);

            refused.Problem.Should().Contain("no memory left");
            channels.Channels.TryReceive(KernelChannel.IOPub, out _).Should().BeFalse();
        }

        memory.UsedBytes.Should().Be(16 * MiB, "nothing is reserved for a message that was dropped");
    }

    [Test]
    public async Task A_large_message_is_counted_until_it_is_disposed(CancellationToken cancellationToken)
    {
        var memory = new MemoryAccount(64 * MiB);
        await using var kernel = await tested.StartSilentKernelAsync(cancellationToken);
        await using var channels = OpenChannels.Open(
            tested, kernel.ConnectionInfo, new KernelChannelsOptions { RoutingId = OpenChannels.RoutingId, Budget = memory.ReceivedMessages });
        await kernel.WaitForSubscriberAsync(cancellationToken);
        await kernel.SendFramesAsync(KernelChannel.IOPub, [new byte[20 * MiB]], cancellationToken);

        var message = await channels.Channels.ReceiveAsync(KernelChannel.IOPub, cancellationToken);

        memory.UsedBytes.Should().BeGreaterThanOrEqualTo(20 * MiB);
        message.Dispose();
        memory.UsedBytes.Should().Be(0);
    }
}
