using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class RequestFeedTests
{
    private readonly MessageFactory _client = MessageFactory.StartSession("client");
    private readonly MemoryAccount _account = new(1_000_000);
    private readonly AwaitableLog<(KernelChannel Channel, string Id)> _sent = new();
    private readonly TaskCompletionSource _shell = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(int Accepted, KernelClosedException Exception)> _closed = [];
    private readonly List<(int Accepted, Exception Exception)> _failed = [];
    private int _generation;
    private string? _failing;

    [Test]
    [CancelAfter(30_000)]
    public async Task An_interrupt_passes_shell_messages_that_the_kernel_does_not_take(CancellationToken token)
    {
        var feed = NewFeed(token);
        var cell = Post(feed, KernelChannel.Shell, Code());
        var next = Post(feed, KernelChannel.Shell, Code());
        var interrupt = Post(feed, KernelChannel.Control, _client.Create(new InterruptRequest()));

        (await _sent.WaitForAsync(_ => true, token)).Should().Be((KernelChannel.Control, interrupt));
        _shell.SetResult();
        await feed.CompleteAsync();

        _sent.Items.Should().Equal((KernelChannel.Control, interrupt), (KernelChannel.Shell, cell), (KernelChannel.Shell, next));
        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Waiting_messages_are_counted_and_further_ones_refused(CancellationToken token)
    {
        var feed = NewFeed(token);
        Post(feed, KernelChannel.Shell, Code(600_000));

        feed.Post(KernelChannel.Shell, Code(600_000), isCounted: false, _generation)!.Name.Should().Be("GatewayMemoryFull");
        feed.Post(KernelChannel.Shell, Code(600_000), isCounted: true, _generation).Should().BeNull("the caller has already counted its bytes");
        _shell.SetResult();
        await feed.CompleteAsync();

        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task More_messages_than_may_wait_are_refused(CancellationToken token)
    {
        var feed = NewFeed(token);
        var message = Code();

        // The first message is being sent and does not count as waiting.
        for (var number = 0; number <= RequestFeed.MaxWaiting; number++)
            feed.Post(KernelChannel.Shell, message, isCounted: true, _generation).Should().BeNull();
        feed.Post(KernelChannel.Shell, message, isCounted: true, _generation)!.Name.Should().Be("RequestQueueFull");

        _shell.SetResult();
        await feed.CompleteAsync();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_closed_kernel_is_reported_and_delays_nothing(CancellationToken token)
    {
        var feed = NewFeed(token);
        _shell.SetException(new KernelClosedException("It is dead."));

        Post(feed, KernelChannel.Shell, Code());
        Post(feed, KernelChannel.Shell, Code());
        await feed.CompleteAsync();

        _closed.Should().HaveCount(2);
        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Messages_that_were_answered_while_they_waited_are_not_sent(CancellationToken token)
    {
        var feed = NewFeed(token);
        Post(feed, KernelChannel.Shell, Code());
        Post(feed, KernelChannel.Shell, Code());
        var info = Post(feed, KernelChannel.Shell, _client.Create(new KernelInfoRequest()));

        _generation++;
        var next = Post(feed, KernelChannel.Shell, Code());
        _shell.SetResult();
        await feed.CompleteAsync();

        _sent.Items.Select(sent => sent.Id).Should().Equal([info, next], "the first was being sent, and the second was answered while it waited");
        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_kernel_that_is_gone_is_reported_with_the_generation_of_the_message(CancellationToken token)
    {
        var feed = NewFeed(token);
        Post(feed, KernelChannel.Shell, Code());
        _generation++;
        Post(feed, KernelChannel.Shell, Code());

        _shell.SetException(new KernelClosedException("It is dead."));
        await feed.CompleteAsync();

        _closed.Select(closed => closed.Accepted).Should().Equal(0, 1);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task A_message_that_cannot_be_sent_is_reported_and_later_ones_are_sent(CancellationToken token)
    {
        var feed = NewFeed(token);
        var failing = Code();
        _failing = failing.MessageId;
        _shell.SetResult();

        Post(feed, KernelChannel.Shell, failing);
        var next = Post(feed, KernelChannel.Shell, Code());
        await feed.CompleteAsync();

        _failed.Should().ContainSingle().Which.Exception.Should().BeOfType<InvalidOperationException>();
        _sent.Items.Should().Equal((KernelChannel.Shell, next));
        _account.UsedBytes.Should().Be(0);
    }

    private JupyterMessage Code(int characters = 1) => _client.Create(new ExecuteRequest { Code = new string('x', characters) });

    private RequestFeed NewFeed(CancellationToken token) =>
        new(SendAsync, _account, () => _generation, (accepted, exception) => _closed.Add((accepted, exception)),
            (accepted, exception) => _failed.Add((accepted, exception)), token);

    private string Post(RequestFeed feed, KernelChannel channel, JupyterMessage message)
    {
        feed.Post(channel, message, isCounted: false, _generation).Should().BeNull();
        return message.MessageId;
    }

    private async Task SendAsync(KernelChannel channel, JupyterMessage message, Func<bool> isObsolete, CancellationToken token)
    {
        if (channel == KernelChannel.Shell) await _shell.Task.WaitAsync(token);
        if (message.MessageId == _failing) throw new InvalidOperationException("A defect.");
        if (!isObsolete()) _sent.Add((channel, message.MessageId));
    }
}
