using FluentAssertions;
using KernelGateway.Zmtp.Queues;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Queues;

public sealed class InboxTests
{
    private const int Half = Inbox.FullBytes / 2;

    [Test]
    public void A_few_large_messages_fill_it_as_many_small_ones_do()
    {
        var inbox = new Inbox(limit: 1000);
        inbox.Enqueue(Message(Half));
        inbox.IsFull.Should().BeFalse();

        inbox.Enqueue(Message(Half));

        inbox.IsFull.Should().BeTrue();
        inbox.AwaitRoom();
        inbox.TakeRoomNotice().Should().BeFalse("nothing has been taken");
        inbox.Dequeue();
        inbox.TakeRoomNotice().Should().BeTrue("half of the inbox is free again");
        inbox.IsFull.Should().BeFalse();
    }

    [Test]
    public void A_message_larger_than_all_it_holds_goes_through()
    {
        var inbox = new Inbox(limit: 1000);
        inbox.Enqueue(Message(3 * Half));
        inbox.IsFull.Should().BeTrue();
        inbox.AwaitRoom();

        inbox.Dequeue().Count.Should().Be(1);

        inbox.TakeRoomNotice().Should().BeTrue();
    }

    [Test]
    public void Without_a_limit_it_is_never_full()
    {
        var inbox = new Inbox(limit: 0);
        inbox.Enqueue(Message(3 * Half));

        inbox.IsFull.Should().BeFalse();
    }

    private static ZmtpMessage Message(int bytes) => new([new byte[bytes]], null, null);
}
