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
    private readonly List<KernelClosedException> _closed = [];

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

        feed.Post(KernelChannel.Shell, Code(600_000), isCounted: false)!.Name.Should().Be("GatewayMemoryFull");
        feed.Post(KernelChannel.Shell, Code(600_000), isCounted: true).Should().BeNull("its bytes are counted elsewhere");
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

        // The first one is being sent.
        for (var number = 0; number <= RequestFeed.MaxWaiting; number++) feed.Post(KernelChannel.Shell, message, isCounted: true).Should().BeNull();
        feed.Post(KernelChannel.Shell, message, isCounted: true)!.Name.Should().Be("RequestQueueFull");

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

    private JupyterMessage Code(int characters = 1) => _client.Create(new ExecuteRequest { Code = new string('x', characters) });

    private RequestFeed NewFeed(CancellationToken token) => new(SendAsync, _account, _closed.Add, token);

    private static string Post(RequestFeed feed, KernelChannel channel, JupyterMessage message)
    {
        feed.Post(channel, message, isCounted: false).Should().BeNull();
        return message.MessageId;
    }

    private async Task SendAsync(KernelChannel channel, JupyterMessage message, CancellationToken token)
    {
        if (channel == KernelChannel.Shell) await _shell.Task.WaitAsync(token);
        _sent.Add((channel, message.MessageId));
    }
}
