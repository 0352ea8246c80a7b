using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class ReplayQueueDropTests : ReplayQueueFixture
{
    [Test]
    public void A_gap_is_sent_to_a_client_that_has_a_part_of_its_messages()
    {
        var request = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        AddStream(Queue, "had", request);
        var last = Kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle });
        Queue.Add(KernelChannel.IOPub, last);
        Take(Queue);
        AddStream(Queue, "dropped before it was sent", request);
        Queue.DropToFit(1_300);

        Queue.Rewind(last.MessageId);

        Take(Queue).Should().Contain(message => message.DroppedMessages > 0);
    }

    [Test]
    public void Output_dropped_unsent_is_reported_although_other_output_was_dropped_after_sending()
    {
        var request = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        AddStream(Queue, "sent", request);
        Queue.Add(KernelChannel.IOPub, Kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle }));
        Take(Queue);
        AddStream(Queue, "not sent", request);
        Queue.Add(KernelChannel.IOPub, Kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle }));

        for (var dropped = 0; dropped < 2; dropped++) Queue.DropToFit(Queue.Bytes - 1);

        Take(Queue).Select(message => message.DroppedMessages).Should().Equal(1, 0);
    }

    [Test]
    public void A_reply_with_a_long_parent_header_is_dropped_once()
    {
        var request = MessageFactory.StartSession(new string('u', 100_000)).Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        for (var i = 0; i < 3; i++) Queue.Add(KernelChannel.Shell, Kernel.CreateReply(request, new Protocol.Messages.Shell.ExecuteReply()));

        Queue.DropToFit(64 << 10);

        Take(Queue).Should().ContainSingle().Which.Should().Match<QueuedMessage>(gap => gap.DroppedMessages == 3 && gap.Channel == KernelChannel.IOPub);
    }

    [Test]
    public void Without_room_the_oldest_output_becomes_one_gap_that_is_counted()
    {
        var queue = NewQueue();
        var request = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        for (var number = 0; number < 20; number++) AddStream(queue, number.ToString("D3"), request);

        queue.DropToFit(5_000);

        var batch = Take(queue);
        batch[0].DroppedMessages.Should().BeGreaterThan(0);
        batch[0].Message.ParentMessageId.Should().Be(request.MessageId);
        batch.Skip(1).Should().OnlyContain(message => message.DroppedMessages == 0);
        batch.Skip(1).Select(message => (string?)message.Message.Content["text"])
            .Should().Equal(Enumerable.Range(0, 20).Skip((int)batch[0].DroppedMessages).Select(number => number.ToString("D3")));
        batch.Sum(message => message.Size).Should().BeLessThanOrEqualTo(5_000 + batch[0].Size);
    }

    [Test]
    public void Replies_and_statuses_stay_while_there_is_output_to_drop()
    {
        var queue = NewQueue();
        var request = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        queue.Add(KernelChannel.IOPub, Kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Busy }));
        for (var number = 0; number < 50; number++) AddStream(queue, "text", request);
        queue.Add(KernelChannel.Shell, Kernel.CreateReply(request, new Protocol.Messages.Shell.ExecuteReply()));
        queue.Add(KernelChannel.IOPub, Kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle }));

        queue.DropToFit(4_000);

        var batch = Take(queue);
        batch.Select(message => message.Message.MessageType).Where(type => type != MessageTypes.Stream)
            .Should().Equal(MessageTypes.Status, MessageTypes.ExecuteReply, MessageTypes.Status);
        batch.Sum(message => message.DroppedMessages).Should().Be(50 - batch.Count(message => IsStream(message)));
    }

    [Test]
    public void Gaps_of_different_cells_are_separate()
    {
        var queue = NewQueue();
        var first = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        var second = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        for (var number = 0; number < 10; number++) AddStream(queue, "one", first);
        for (var number = 0; number < 10; number++) AddStream(queue, "two", second);

        queue.DropToFit(2_500);

        Take(queue).Where(message => message.DroppedMessages > 0).Select(message => message.Message.ParentMessageId)
            .Should().Equal(first.MessageId, second.MessageId);
    }

    [Test]
    public void Even_small_messages_without_end_stay_within_the_limit_and_are_counted()
    {
        var queue = NewQueue();
        for (var number = 0; number < 500; number++)
        {
            queue.Add(KernelChannel.IOPub, Kernel.Create(new StatusOutput { ExecutionState = ExecutionState.Idle }));
            queue.DropToFit(5_000);
        }

        var batch = Take(queue);
        batch.Sum(message => message.DroppedMessages).Should().Be(500 - batch.Count(message => message.DroppedMessages == 0));
        batch.Sum(message => message.Size).Should().BeLessThanOrEqualTo(6_000);
    }

    [Test]
    public void A_large_reply_without_room_is_replaced_by_a_short_error()
    {
        var request = Kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        Queue.Add(KernelChannel.Shell, Kernel.CreateReply(request, new Protocol.Messages.Shell.ExecuteReply
        {
            UserExpressions = new() { ["x"] = new string('x', 4_000_000) },
        }));

        Queue.DropToFit(100_000);

        var reply = Take(Queue).Should().ContainSingle().Which;
        reply.Message.MessageType.Should().Be(MessageTypes.ExecuteReply);
        reply.Message.ParentMessageId.Should().Be(request.MessageId);
        ((string?)reply.Message.Content["status"]).Should().Be("error");
        ((string?)reply.Message.Content["evalue"]).Should().Contain("bytes) was dropped");
        Queue.Bytes.Should().BeLessThan(2_000);
    }

    [Test]
    public void Messages_sent_to_a_connected_client_are_not_dropped()
    {
        Add(Queue, "a", "b");
        Send(Queue);
        Add(Queue, "c", "d", "e");

        Queue.DropUnsentToFit(0);

        var batch = Take(Queue);
        batch.Should().ContainSingle().Which.DroppedMessages.Should().Be(3);
        Queue.Rewind(null);
        Take(Queue).Take(2).Select(message => (string?)message.Message.Content["text"]).Should().Equal("a", "b");
    }
}
