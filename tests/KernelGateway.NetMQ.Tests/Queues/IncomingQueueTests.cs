using FluentAssertions;
using KernelGateway.NetMQ.Queues;
using KernelGateway.Transports;
using NetMQ;
using NUnit.Framework;

namespace KernelGateway.NetMQ.Tests.Queues;

public sealed class IncomingQueueTests
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    private int _wakeUps;

    [Test]
    public void A_full_queue_has_room_again_when_half_of_it_was_taken()
    {
        var queue = Create(new KernelChannelsOptions { RoutingId = "", MaxQueuedMessages = 4 });
        for (var i = 0; i < 4; i++)
        {
            queue.HasRoom().Should().BeTrue();
            queue.Add(Message(10));
        }

        queue.HasRoom().Should().BeFalse();
        Take(queue, 1);
        _wakeUps.Should().Be(0);
        Take(queue, 1);

        _wakeUps.Should().Be(1);
        queue.HasRoom().Should().BeTrue();
        Take(queue, 2);
        _wakeUps.Should().Be(1, "nobody waits");
    }

    [Test]
    public void Bytes_fill_the_queue_as_messages_do_and_one_message_may_have_more()
    {
        var queue = Create(new KernelChannelsOptions { RoutingId = "" });
        queue.Add(Message(20 * MiB));

        queue.HasRoom().Should().BeFalse();
        Take(queue, 1);

        _wakeUps.Should().Be(1);
        queue.HasRoom().Should().BeTrue();
    }

    [Test]
    public void Small_messages_are_reserved_only_when_many_of_them_wait()
    {
        var budget = new Budget(long.MaxValue);
        var queue = Create(new KernelChannelsOptions { RoutingId = "", Budget = budget });
        for (var i = 0; i < 16; i++) AddReserved(queue, 64 * KiB);
        budget.UsedBytes.Should().Be(0);

        AddReserved(queue, 64 * KiB);

        budget.UsedBytes.Should().Be(64 * KiB);
        Take(queue, 17);
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void A_small_message_without_memory_waits_until_others_were_taken()
    {
        var queue = Create(new KernelChannelsOptions { RoutingId = "", Budget = new Budget(0) });
        for (var i = 0; i < 16; i++) AddReserved(queue, 64 * KiB);
        using var waiting = Message(64 * KiB);

        queue.TryReserve(waiting, out var isLarge).Should().BeFalse();
        isLarge.Should().BeFalse();
        Take(queue, 8);

        _wakeUps.Should().Be(1);
        queue.TryReserve(waiting, out _).Should().BeTrue();
    }

    [Test]
    public void A_large_message_without_memory_does_not_wait()
    {
        var queue = Create(new KernelChannelsOptions { RoutingId = "", Budget = new Budget(MiB) });
        using var message = Message(2 * MiB);

        queue.TryReserve(message, out var isLarge).Should().BeFalse();

        isLarge.Should().BeTrue();
        message.IsReserved.Should().BeFalse();
    }

    [Test]
    public async Task Messages_that_wait_are_received_before_a_failure_is_reported()
    {
        var queue = Create(new KernelChannelsOptions { RoutingId = "" });
        queue.Add(Message(3));
        queue.Fail(new TerminatingException("the context has ended"));

        (await queue.ReceiveAsync(CancellationToken.None)).Bytes.Should().Be(3);
        await FluentActions.Awaiting(() => queue.ReceiveAsync(CancellationToken.None).AsTask())
            .Should().ThrowAsync<IOException>().WithMessage("*the context has ended");
    }

    [Test]
    public async Task A_closed_queue_drops_what_waits_and_what_comes()
    {
        var budget = new Budget(long.MaxValue);
        var queue = Create(new KernelChannelsOptions { RoutingId = "", Budget = budget });
        var receiving = queue.ReceiveAsync(CancellationToken.None);
        AddReserved(queue, 2 * MiB);
        (await receiving).Dispose();
        AddReserved(queue, 2 * MiB);
        queue.Close();
        AddReserved(queue, 2 * MiB);

        budget.UsedBytes.Should().Be(0);
        await FluentActions.Awaiting(() => queue.ReceiveAsync(CancellationToken.None).AsTask()).Should().ThrowAsync<ObjectDisposedException>();
        queue.Invoking(closed => closed.TryReceive(out _)).Should().Throw<ObjectDisposedException>();
    }

    private IncomingQueue Create(KernelChannelsOptions options) => new(options, () => _wakeUps++);

    private static MessageFrames Message(int bytes)
    {
        var part = default(Msg);
        part.InitGC(new byte[bytes], bytes);
        return new MessageFrames([part], bytes);
    }

    private static void AddReserved(IncomingQueue queue, int bytes)
    {
        var message = Message(bytes);
        queue.TryReserve(message, out _).Should().BeTrue();
        queue.Add(message);
    }

    private static void Take(IncomingQueue queue, int count)
    {
        for (var i = 0; i < count; i++)
        {
            queue.TryReceive(out var message).Should().BeTrue();
            message!.Dispose();
        }
    }

    private sealed class Budget(long limitBytes) : IMessageBudget
    {
        public long UsedBytes { get; private set; }

        public bool TryReserve(long bytes)
        {
            if (UsedBytes + bytes > limitBytes) return false;
            UsedBytes += bytes;
            return true;
        }

        public void Release(long bytes) => UsedBytes -= bytes;
    }
}
