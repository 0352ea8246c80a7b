using FluentAssertions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Scripting;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Scripting;

[CancelAfter(30_000)]
public class ScriptedKernelTests
{
    [Test]
    public async Task Other_requests_are_answered_between_busy_and_idle(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(new() { Language = "python" }, cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

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
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var open = await client.SendAsync(KernelChannel.Shell, new CommOpen { CommId = "c", TargetName = "t" });
        var debug = await client.SendAsync(KernelChannel.Control, new DebugRequest());

        (await client.WaitForAsync<CommClose>(open, cancellationToken)).CommId
            .Should().Be("c");
        await client.WaitForAsync(MessageTypes.Status, debug, cancellationToken);
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
    public async Task Shutdown_is_answered_before_the_kernel_stops(CancellationToken cancellationToken)
    {
        await using var kernel = await ScriptedKernel.StartAsync(cancellationToken: cancellationToken);
        await using var client = await TestClient.ConnectAsync(kernel, cancellationToken);

        var request = await client.SendAsync(KernelChannel.Control, new ShutdownRequest { IsRestart = true });

        await client.WaitUntilDoneAsync(request, cancellationToken);
        (await client.WaitForAsync<ShutdownReply>(request, cancellationToken)).IsRestart
            .Should().BeTrue();
        await kernel.Stopped.WaitAsync(cancellationToken);
        await client.Connections.WaitForAsync(change => change == (KernelChannel.Control, false), cancellationToken);
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
