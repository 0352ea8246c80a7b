using FluentAssertions;
using KernelGateway.Zmtp.Framing;
using KernelGateway.Zmtp.Queues;
using KernelGateway.Zmtp.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Queues;

/// <summary>The reservations for small messages that wait for the application.</summary>
public sealed class InboxReservationTests
{
    private const int Size = 60_000;
    private const int FreeMessages = Inbox.FreeBytes / Size;

    private readonly Inbox _inbox = new(limit: 1000);

    [Test]
    public void Up_to_1_MiB_waits_without_a_reservation_and_more_asks_once()
    {
        var budget = new TestBudget(Inbox.FullBytes);
        var queue = new FairQueue("test", budget);

        for (var i = 0; i < FreeMessages; i++) Deliver(queue).Should().BeTrue();
        budget.Requests.Should().Be(0);
        for (var i = 0; i < 20; i++) Deliver(queue).Should().BeTrue();

        budget.Requests.Should().Be(1);
        budget.UsedBytes.Should().Be(Inbox.FullBytes);
    }

    [Test]
    public void Reservation_is_released_when_half_of_the_first_MiB_is_left()
    {
        var budget = new TestBudget(Inbox.FullBytes);
        var queue = new FairQueue("test", budget);
        for (var i = 0; i < FreeMessages + 1; i++) Deliver(queue);

        Take(queue, (FreeMessages / 2) + 1);
        budget.UsedBytes.Should().Be(Inbox.FullBytes);
        Take(queue, 1);

        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public async Task Refused_inbox_stops_its_connection_and_goes_on_when_half_of_the_first_MiB_is_taken()
    {
        var budget = new TestBudget(0);
        var queue = new FairQueue("test", budget);
        for (var i = 0; i < FreeMessages; i++) Deliver(queue).Should().BeTrue();
        Deliver(queue).Should().BeFalse("the budget refuses any further message");
        var room = _inbox.WaitAsync().AsTask();

        Take(queue, (FreeMessages / 2) + 1);
        room.IsCompleted.Should().BeFalse();
        Take(queue, 1);

        (await room).Should().BeTrue();
        budget.Refusals.Should().Be(1);
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Message_with_a_reservation_of_its_own_is_not_counted_again()
    {
        var budget = new TestBudget(100 << 20);
        var queue = new FairQueue("test", budget);
        var reservation = new MessageReservation(budget);
        reservation.TryGrowTo(3 << 20).Should().BeTrue();

        queue.Deliver(_inbox, new ZmtpMessage([new byte[3 << 20]], null, null, reservation)).Should().BeTrue();

        budget.UsedBytes.Should().Be(3 << 20);
        Take(queue, 1);
        budget.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Closing_the_queue_releases_everything()
    {
        var budget = new TestBudget(100 << 20);
        var queue = new FairQueue("test", budget);
        for (var i = 0; i < FreeMessages + 5; i++) Deliver(queue);
        budget.UsedBytes.Should().BePositive();

        queue.Close();

        budget.UsedBytes.Should().Be(0);
        Deliver(queue).Should().BeTrue("a closed queue drops the message");
        budget.UsedBytes.Should().Be(0);
    }

    private bool Deliver(FairQueue queue) => queue.Deliver(_inbox, new ZmtpMessage([new byte[Size]], null, null));

    private static void Take(FairQueue queue, int count)
    {
        for (var i = 0; i < count; i++)
        {
            queue.TryReceive(out var message).Should().BeTrue();
            message!.Dispose();
        }
    }
}
