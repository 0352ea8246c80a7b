using FluentAssertions;
using KernelGateway.Kernels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Testing.Logging;
using KernelGateway.Tests.Guarding;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace KernelGateway.Tests.Kernels;

/// <summary>Messages that wait for an observer count in the memory account.</summary>
[CancelAfter(30_000)]
public sealed class ObserverQueueTests
{
    private readonly MessageFactory _kernel = MessageFactory.StartSession("kernel");
    private readonly MemoryAccount _memory = new(5 << 20);

    [Test]
    public async Task Message_for_which_there_is_no_memory_is_dropped_and_counted(CancellationToken cancellationToken)
    {
        using var observer = new FaultyObserver { Blocks = true };
        using var log = new LogCollector();
        var drops = 0;
        var queue = new ObserverQueue("one", observer, _memory, log.CreateLogger("test"), TimeProvider.System) { Dropped = () => drops++ };
        Post(queue, 2 << 20).Should().NotBeNull();
        await observer.Blocked.WaitAsync(cancellationToken);

        Post(queue, 2 << 20).Should().NotBeNull("the message at the observer and the queued one fit together");
        Post(queue, 2 << 20).Should().BeNull("a dropped message is not copied");
        Post(queue, 100).Should().NotBeNull();

        drops.Should().Be(1);
        await log.WaitForAsync(3140, cancellationToken);
        queue.Close();
        observer.Release();
    }

    [Test]
    public async Task Memory_is_released_when_the_observer_has_returned(CancellationToken cancellationToken)
    {
        var seen = new SeenMessages();
        var queue = new ObserverQueue("one", seen, _memory, NullLogger.Instance, TimeProvider.System);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _memory.Used = bytes =>
        {
            if (bytes < 0) released.TrySetResult();
        };

        Post(queue, 2 << 20);
        await released.Task.WaitAsync(cancellationToken);

        seen.Messages.Count.Should().Be(1);
        _memory.UsedBytes.Should().Be(0);
    }

    [Test]
    public async Task Closing_the_queue_releases_what_waits(CancellationToken cancellationToken)
    {
        using var observer = new FaultyObserver { Blocks = true };
        var queue = new ObserverQueue("one", observer, _memory, NullLogger.Instance, TimeProvider.System);
        Post(queue, 100);
        await observer.Blocked.WaitAsync(cancellationToken);
        Post(queue, 2 << 20);
        Post(queue, 2 << 20);
        _memory.UsedBytes.Should().BeInRange(4 << 20, 5 << 20);

        queue.Close();

        _memory.UsedBytes.Should().Be(0);
        Post(queue, 2 << 20);
        _memory.UsedBytes.Should().Be(0, "a closed queue keeps nothing");
        observer.Release();
    }

    [Test]
    public async Task Small_messages_for_an_observer_that_keeps_up_are_not_counted(CancellationToken cancellationToken)
    {
        var seen = new SeenMessages();
        var queue = new ObserverQueue("one", seen, _memory, NullLogger.Instance, TimeProvider.System);
        var uses = 0;
        _memory.Used = _ => uses++;

        for (var i = 0; i < 100; i++) Post(queue, 1000);
        await seen.Messages.WaitForAsync(_ => true, 100, cancellationToken);

        uses.Should().Be(0);
    }

    // Returns the copy that the queue has made, or null.
    private JupyterMessage? Post(ObserverQueue queue, int bytes)
    {
        JupyterMessage? detached = null;
        queue.Post(KernelChannel.IOPub, _kernel.Create(new StreamOutput { Name = "stdout", Text = new string('x', bytes) }), ref detached);
        return detached;
    }
}
