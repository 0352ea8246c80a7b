using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class ReplayQueueTests : ReplayQueueFixture
{
    [Test]
    public void Unacknowledged_messages_are_sent_again()
    {
        Add(Queue, "a", "b", "c");
        Send(Queue).Should().Equal("a", "b", "c");
        Queue.Acknowledge(2);

        Queue.Rewind(null);

        Send(Queue).Should().Equal("c");
        Queue.UnsentBytes.Should().Be(0);
    }

    [Test]
    public void A_client_that_names_its_last_message_gets_the_following_ones([Values(0, 1, 2)] int last)
    {
        var messages = Add(Queue, "a", "b", "c");
        Send(Queue);

        Queue.Rewind(messages[last].MessageId);

        Send(Queue).Should().Equal(new[] { "a", "b", "c" }.Skip(last + 1));
    }

    [Test]
    public void A_client_that_names_a_dropped_message_gets_the_following_ones()
    {
        Add(Queue, "a", "b", "c");
        Queue.Add(KernelChannel.Shell, Kernel.Create(new Protocol.Messages.Shell.ExecuteReply()));
        var last = AddStream(Queue, "d", null);
        Take(Queue);
        AddStream(Queue, "e", null);
        Queue.DropToFit(900);

        Queue.Rewind(last.MessageId);

        Take(Queue).Should().ContainSingle("all other messages were delivered before").Which.DroppedMessages.Should().BePositive();
    }

    [Test]
    public void A_client_that_names_an_unknown_message_gets_everything()
    {
        Add(Queue, "a");
        Send(Queue);

        Queue.Rewind("of another life");

        Send(Queue).Should().Equal("a");
    }

    [Test]
    public void An_acknowledgement_of_the_former_connection_spares_the_new_one_the_message()
    {
        Add(Queue, "a", "b");
        Send(Queue);
        Queue.Rewind(null);

        Queue.Acknowledge(1);

        Send(Queue).Should().Equal("b");
    }

    [Test]
    public void A_batch_holds_at_least_one_message_and_no_more_than_fit()
    {
        Add(Queue, new string('x', 1000), "b", "c");
        var batch = new List<QueuedMessage>();

        Queue.TakeUnsent(batch, batchBytes: 10);

        batch.Should().ContainSingle();
        Queue.HasUnsent.Should().BeTrue();
    }

    [Test]
    public void Messages_sent_to_a_client_without_acknowledgements_are_not_kept_for_ever()
    {
        var queue = NewQueue();
        Add(queue, new string('x', 1500), new string('y', 1500));
        Send(queue);

        queue.ForgetSent(2_000);
        queue.Rewind(null);

        Send(queue).Should().Equal(new string('y', 1500));
    }

    [Test]
    public void A_message_in_two_queues_is_counted_once_and_nothing_is_counted_when_both_are_closed()
    {
        var other = NewQueue();
        var message = new RetainedMessage(Kernel.Create(new StreamOutput { Name = "stdout", Text = new string('x', 100_000) }), Account);
        Queue.Add(KernelChannel.IOPub, message);
        other.Add(KernelChannel.IOPub, message);
        message.Release();

        Account.UsedBytes.Should().BeInRange(100_000, 102_000);
        Queue.Close();
        Account.UsedBytes.Should().BeGreaterThan(100_000);
        other.Acknowledge(1);

        Account.UsedBytes.Should().Be(0);
        Queue.Add(KernelChannel.IOPub, Kernel.Create(new StreamOutput { Name = "stdout", Text = "late" }));
        Account.UsedBytes.Should().Be(0, "a closed queue keeps nothing");
    }

    [Test]
    public void Memory_account_is_balanced_after_any_operations_of_a_queue()
    {
        var random = new Random(7);
        for (var step = 0; step < 2_000; step++)
        {
            switch (random.Next(7))
            {
                case 0: Queue.Acknowledge(random.NextInt64(Queue.LastPosition + 1)); break;
                case 1: Queue.DropToFit(random.Next(20_000)); break;
                case 2: Queue.DropUnsentToFit(random.Next(20_000)); break;
                case 3: Queue.ForgetSent(random.Next(20_000)); break;
                case 4: Queue.Rewind(null); break;
                case 5: Take(Queue); break;
                default: Add(Queue, new string('x', random.Next(1_000))); break;
            }

            Queue.UnsentBytes.Should().BeInRange(0, Queue.Bytes);
        }

        Queue.Close();
        Account.UsedBytes.Should().Be(0);
        Queue.Bytes.Should().Be(0);
    }
}
