using System.Text;
using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Messages.Stdin;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Scripting;
using KernelGateway.Zmtp;
using KernelGateway.Zmtp.Sockets;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Scripting;

[CancelAfter(30_000)]
public class ScriptedKernelTests
{
    [TestCase(KernelTransport.InProc)]
    [TestCase(KernelTransport.Tcp)]
    [TestCase(KernelTransport.Ipc)]
    public async Task Good_kernel_runs_code_on_every_transport(KernelTransport transport, CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Transport = transport }, cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.ExecuteAsync("print hello\nwarn oh\nreturn 42");

        (await client.WaitUntilDoneAsync(request, cancellationToken))
            .Should().Equal("busy", "execute_input", "stream", "stream", "execute_result", "idle", "execute_reply");
        client.Text(request).Should().Be("hello\noh\n");
        var result = await client.WaitForAsync<ExecuteResult>(request, cancellationToken);
        result.Data.Text.Should().Be("42");
        result.ExecutionCount.Should().Be(1);
        (await client.BeatAsync([1, 2, 3], cancellationToken)).Should().Equal(1, 2, 3);
        kernel.Failures.Items.Should().BeEmpty();
    }

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
    public async Task Other_requests_are_answered_between_busy_and_idle(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Language = "python" }, cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        (await AskAsync<KernelInfoRequest, KernelInfoReply>(new())).LanguageInfo.Name.Should().Be("python");
        (await AskAsync<KernelInfoRequest, KernelInfoReply>(new(), KernelChannel.Control)).Status.Should().Be(ReplyStatus.Ok);
        var completion = await AskAsync<CompleteRequest, CompleteReply>(new() { Code = "print 😀\nre", CursorPosition = 10 });
        completion.Matches.Should().Equal("return");
        completion.CursorStart.Should().Be(8);
        (await AskAsync<CompleteRequest, CompleteReply>(new() { Code = "", CursorPosition = 0 })).Matches
            .Should().Equal(EchoLanguage.Commands);
        (await AskAsync<InspectRequest, InspectReply>(new() { Code = "print" })).IsFound.Should().BeTrue();
        (await AskAsync<InspectRequest, InspectReply>(new() { Code = "x" })).IsFound.Should().BeFalse();
        (await AskAsync<IsCompleteRequest, IsCompleteReply>(new() { Code = "x\\" })).Status
            .Should().Be(CompletenessStatus.Incomplete);
        (await AskAsync<IsCompleteRequest, IsCompleteReply>(new() { Code = "x" })).Status
            .Should().Be(CompletenessStatus.Complete);
        (await AskAsync<CommInfoRequest, CommInfoReply>(new())).Comms.Should().BeEmpty();
        await AskAsync<ExecuteRequest, ExecuteReply>(new() { Code = "a" });
        await AskAsync<ExecuteRequest, ExecuteReply>(new() { Code = "b", IsSilent = true });
        (await AskAsync<HistoryRequest, HistoryReply>(new())).History.Should().Equal(new HistoryEntry(0, 1, "a"));

        async Task<TReply> AskAsync<TRequest, TReply>(TRequest content, KernelChannel channel = KernelChannel.Shell)
            where TRequest : IMessageContent<TRequest>
            where TReply : IMessageContent<TReply>
        {
            var request = await client.SendAsync(channel, content);
            (await client.WaitUntilDoneAsync(request, cancellationToken))
                .Should().StartWith("busy").And.ContainInOrder("idle", TReply.MessageType);
            return (await client.WaitForAsync(TReply.MessageType, request, cancellationToken)).ReadContent<TReply>();
        }
    }

    [Test]
    public async Task Comm_with_an_unknown_target_is_refused_and_an_unknown_type_ignored(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var open = await client.SendAsync(KernelChannel.Shell, new CommOpen { CommId = "c", TargetName = "t" });
        var debug = await client.SendAsync(KernelChannel.Control, new DebugRequest());

        (await client.WaitForAsync<CommClose>(open, cancellationToken)).CommId
            .Should().Be("c");
        await client.WaitForAsync(MessageTypes.Status, debug, cancellationToken);
    }

    [Test]
    public async Task Displays_are_shown_updated_and_cleared(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.ExecuteAsync("display d1 first\ndisplay - plain\nupdate d1 second\nclear wait\nflood 3");

        (await client.WaitUntilDoneAsync(request, cancellationToken)).Should().Equal(
            "busy", "execute_input", "display_data", "display_data", "update_display_data", "clear_output", "stream", "stream",
            "stream", "idle", "execute_reply");
        client.Text(request).Should().Be("1\n2\n3\n");
        var update = await client.WaitForAsync<UpdateDisplayData>(request, cancellationToken);
        update.DisplayId.Should().Be("d1");
        update.Data.Text.Should().Be("second");
    }

    [Test]
    public async Task Failure_aborts_what_waits_behind_it(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var failing = await client.ExecuteAsync("wait gate\nraise ValueError no good\nprint never");
        var queued = await client.ExecuteAsync("print never");
        await kernel.Received.WaitForAsync(received => received.Message?.MessageId == queued.MessageId, cancellationToken);
        kernel.Release("gate");

        (await client.WaitUntilDoneAsync(failing, cancellationToken))
            .Should().Equal("busy", "execute_input", "error", "idle", "execute_reply");
        (await client.WaitUntilDoneAsync(queued, cancellationToken)).Should().Equal("busy", "idle", "execute_reply");
        var reply = await client.WaitForAsync<ExecuteReply>(failing, cancellationToken);
        reply.Error!.Name.Should().Be("ValueError");
        reply.Error.Value.Should().Be("no good");
        (await client.WaitForAsync<ExecuteReply>(queued, cancellationToken)).IsAborted
            .Should().BeTrue();
    }

    [Test]
    public async Task Interrupt_ends_waiting_code_with_keyboard_interrupt(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);
        var request = await client.ExecuteAsync("wait for-ever");
        await kernel.WaitForRequestAsync(MessageTypes.ExecuteRequest, cancellationToken);

        var interrupt = await client.SendAsync(KernelChannel.Control, new InterruptRequest());

        await client.WaitUntilDoneAsync(interrupt, cancellationToken);
        await client.WaitUntilDoneAsync(request, cancellationToken);
        (await client.WaitForAsync<ExecuteReply>(request, cancellationToken))
            .Error!.Name.Should().Be("KeyboardInterrupt");
    }

    [Test]
    public async Task Code_asks_for_input_and_gets_the_answer(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.ExecuteAsync("input name?\npassword secret?");
        var question = await client.WaitForAsync(MessageTypes.InputRequest, request, cancellationToken);
        question.ReadContent<InputRequest>().Should().Be(new InputRequest { Prompt = "name?" });
        await client.SendAsync(KernelChannel.Stdin, new InputReply { Value = "Ada" }, question);
        var (_, second, _, _) = await client.Received.WaitForAsync(
            received => received.Message?.MessageType == MessageTypes.InputRequest, 2, cancellationToken);
        second!.ReadContent<InputRequest>().IsPassword.Should().BeTrue();
        await client.SendAsync(KernelChannel.Stdin, new InputReply { Value = "x" }, second);

        await client.WaitUntilDoneAsync(request, cancellationToken);
        client.Text(request).Should().Be("Ada\nx\n");
    }

    [Test]
    public async Task Input_fails_when_it_is_not_allowed(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.SendAsync(KernelChannel.Shell, new ExecuteRequest { Code = "input ?", AllowStdin = false });

        await client.WaitUntilDoneAsync(request, cancellationToken);
        (await client.WaitForAsync<ExecuteReply>(request, cancellationToken))
            .Error!.Name.Should().Be("StdinNotImplementedError");
    }

    [Test]
    public async Task Silent_code_has_no_input_no_result_and_no_count(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.SendAsync(KernelChannel.Shell, new ExecuteRequest { Code = "print out\nreturn 1", IsSilent = true });

        (await client.WaitUntilDoneAsync(request, cancellationToken)).Should().Equal("busy", "stream", "idle", "execute_reply");
        kernel.Language.ExecutionCount.Should().Be(0);
    }

    [Test]
    public async Task Handler_of_a_test_replaces_good_manners(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);
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
    public async Task What_the_kernel_sends_can_be_dropped_and_forged(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);
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
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        await kernel.SendFramesAsync(KernelChannel.IOPub, ["nonsense"u8.ToArray()], cancellationToken);

        (await client.Received.WaitForAsync(received => received.Channel == KernelChannel.IOPub, cancellationToken))
            .Reason.Should().Be(MessageDropReason.MissingDelimiter);
    }

    [Test]
    public async Task Messages_with_a_bad_signature_are_noted_and_not_answered(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        var codec = new WireCodec(MessageSigner.Create("another key"));

        await client.SendFramesAsync(KernelChannel.Shell, [.. codec.Encode(client.Factory.Create(new KernelInfoRequest()))]);
        var good = await client.SendAsync(KernelChannel.Shell, new KernelInfoRequest());
        await client.WaitForAsync(MessageTypes.KernelInfoReply, good, cancellationToken);

        kernel.Received.Items.Select(received => received.Reason)
            .Should().Equal(MessageDropReason.BadSignature, MessageDropReason.None);
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
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

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
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        await kernel.CutAsync(KernelChannel.IOPub, cancellationToken);
        await kernel.WaitForSubscriberAsync(2, cancellationToken);

        await kernel.PublishAsync(new StreamOutput { Text = "x" });
        await client.WaitForAsync(MessageTypes.Stream, null, cancellationToken);
    }

    [Test]
    public async Task Silent_kernel_keeps_its_connections_and_answers_nothing(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);
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
        await FluentActions.Awaiting(() => beat).Should().ThrowAsync<ObjectDisposedException>("no echo ever came");
    }

    [Test]
    public async Task Shutdown_is_answered_before_the_kernel_stops(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.SendAsync(KernelChannel.Control, new ShutdownRequest { IsRestart = true });

        await client.WaitUntilDoneAsync(request, cancellationToken);
        (await client.WaitForAsync<ShutdownReply>(request, cancellationToken)).IsRestart
            .Should().BeTrue();
        await kernel.Stopped.WaitAsync(cancellationToken);
        await client.Connections.WaitForAsync(change => change == (KernelChannel.Control, false), cancellationToken);
    }

    [Test]
    public async Task Dying_kernel_breaks_its_connections_without_another_word(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

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
    public async Task Flood_reaches_a_reader_whole_and_in_order(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = new TestClient(kernel.ConnectionInfo);
        await kernel.WaitForSubscriberAsync(cancellationToken);

        var request = await client.ExecuteAsync("flood 20000");
        await client.WaitUntilDoneAsync(request, cancellationToken);

        client.Text(request).Should().Be(string.Concat(Enumerable.Range(1, 20_000).Select(i => $"{i}\n")));
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
            // The queues are full, so the end itself may be lost; with each message read there is room to try again.
            await kernel.SendFramesAsync(KernelChannel.IOPub, ["end"u8.ToArray()], cancellationToken);
        }
        received.Should().BePositive().And.BeLessThan(5000);
    }

    [Test]
    public async Task Disposing_twice_is_fine(CancellationToken cancellationToken)
    {
        var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);

        await kernel.DisposeAsync();
        await kernel.DisposeAsync();

        kernel.Stopped.IsCompletedSuccessfully.Should().BeTrue();
    }
}
