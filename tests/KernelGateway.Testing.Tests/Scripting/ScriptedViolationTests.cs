using System.Text;
using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Scripting;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Scripting;

/// <summary>Incorrect behaviour that a test can produce with a scripted kernel.</summary>
[CancelAfter(30_000)]
public class ScriptedViolationTests
{
    [Test]
    public async Task Handler_of_a_test_replaces_the_standard_answer(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);
        kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            await request.ReplyOkAsync(7);
            await request.StreamAsync("stdout", "late");
            await request.ReplyRawAsync("custom_reply", "{\"x\":"u8.ToArray(), KernelChannel.Control);
        });

        var request = await client.ExecuteAsync("x");

        (await client.WaitForAsync<ExecuteReply>(request, cancellationToken)).ExecutionCount
            .Should().Be(7);
        await client.WaitForAsync(MessageTypes.Stream, request, cancellationToken);
        var custom = await client.WaitForAsync("custom_reply", request, cancellationToken);
        Encoding.UTF8.GetString(custom.RawContent.Span).Should().Be("{\"x\":");
        client.Received.Items
            .Should().NotContain(received => received.Message != null && received.Message.MessageType == MessageTypes.Status);
    }

    [Test]
    public async Task Messages_of_the_kernel_can_be_dropped_and_forged(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);
        kernel.Tamper = outgoing => outgoing.Message.MessageType switch
        {
            MessageTypes.ExecuteInput => null,
            MessageTypes.Stream => [.. outgoing.Frames.Take(2), new byte[64], .. outgoing.Frames.Skip(3)],
            _ => outgoing.Frames,
        };

        var request = await client.ExecuteAsync("print x");

        (await client.WaitUntilDoneAsync(request, cancellationToken)).Should().Equal("busy", "idle", "execute_reply");
        client.Received.Items.Count(received => received.Reason == MessageDropReason.BadSignature).Should().Be(1);
    }

    [Test]
    public async Task Raw_frames_go_out_as_they_are(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        await kernel.SendFramesAsync(KernelChannel.IOPub, ["nonsense"u8.ToArray()], cancellationToken);

        (await client.Received.WaitForAsync(received => received.Channel == KernelChannel.IOPub, cancellationToken))
            .Reason.Should().Be(MessageDropReason.MissingDelimiter);
    }

    [Test]
    public async Task Silent_kernel_keeps_its_connections_and_answers_nothing(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);
        await client.BeatAsync([1], cancellationToken);

        kernel.IsSilent = true;
        var unanswered = await client.SendAsync(KernelChannel.Shell, new KernelInfoRequest());
        var beat = client.BeatAsync([2], cancellationToken);
        await kernel.Received.WaitForAsync(received => received.Message?.MessageId == unanswered.MessageId, cancellationToken);
        await kernel.Heartbeats.WaitForAsync(_ => true, 2, cancellationToken);
        kernel.IsSilent = false;
        var answered = await client.SendAsync(KernelChannel.Shell, new KernelInfoRequest());
        await client.WaitUntilDoneAsync(answered, cancellationToken);

        client.Received.Items
            .Should().NotContain(received => TestClient.IsAbout(received.Message, unanswered));
        client.Connections.Items.Should().NotContain(change => !change.IsConnected);
        await client.DisposeAsync();
        await FluentActions.Awaiting(() => beat).Should().ThrowAsync<ObjectDisposedException>("the heartbeat was never answered");
    }

    [Test]
    public async Task Dying_kernel_breaks_its_connections_without_another_word(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.ExecuteAsync("die");
        await kernel.Stopped.WaitAsync(cancellationToken);
        await client.Connections.WaitForAsync(change => change == (KernelChannel.Shell, false), cancellationToken);
        await client.Connections.WaitForAsync(change => change == (KernelChannel.IOPub, false), cancellationToken);

        client.Received.Items.Should().NotContain(received =>
            received.Message != null && received.Message.MessageType == MessageTypes.ExecuteReply);
        kernel.Failures.Items.Should().BeEmpty();
        request.MessageId.Should().NotBeEmpty();
    }

    [Test]
    public async Task Exception_of_a_handler_is_kept_and_the_next_request_served(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        kernel.On(MessageTypes.ExecuteRequest, _ => throw new InvalidOperationException("boom"));

        await client.ExecuteAsync("x");
        var next = await client.SendAsync(KernelChannel.Shell, new KernelInfoRequest());

        await client.WaitForAsync(MessageTypes.KernelInfoReply, next, cancellationToken);
        kernel.Failures.Items.Should().ContainSingle().Which.Message.Should().Be("boom");
    }

    [Test]
    public async Task Kernel_with_a_high_water_mark_loses_what_a_client_does_not_read(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { SendHighWaterMark = 10 }, cancellationToken);
        await using var slow = new SubscriberSocket(new ZmtpSocketOptions { ReceiveHighWaterMark = 10 });
        slow.Subscribe([]);
        slow.Connect(kernel.ConnectionInfo.GetEndpoint(KernelChannel.IOPub));
        await kernel.WaitForSubscriberAsync(cancellationToken);

        for (var i = 0; i < 5000; i++) await kernel.PublishAsync(new StreamOutput { Text = new string('x', 10_000) });

        var received = 0;
        while (true)
        {
            using var message = await slow.ReceiveAsync(cancellationToken);
            if (message.Count == 1) break;
            received++;
            // The queues are full, so the end message may be dropped. It is sent again after each received message.
            await kernel.SendFramesAsync(KernelChannel.IOPub, ["end"u8.ToArray()], cancellationToken);
        }
        received.Should().BePositive().And.BeLessThan(5000);
    }
}
