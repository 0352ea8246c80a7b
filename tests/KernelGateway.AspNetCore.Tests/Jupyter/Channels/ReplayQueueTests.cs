using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class ReplayQueueTests
{
    private readonly MessageFactory _kernel = MessageFactory.StartSession("kernel");
    private readonly List<string> _sent = [];
    private readonly MemoryAccount _account = new(long.MaxValue);
    private readonly ReplayQueue _queue;

    public ReplayQueueTests() => _queue = NewQueue();

    [Test]
    public void What_was_sent_and_not_acknowledged_is_sent_again()
    {
        Add(_queue, "a", "b", "c");
        Send(_queue).Should().Equal("a", "b", "c");
        _queue.Acknowledge(2);

        _queue.Rewind(null);

        Send(_queue).Should().Equal("c");
        _queue.UnsentBytes.Should().Be(0);
    }

    [Test]
    public void A_client_that_says_what_it_got_last_gets_what_follows([Values(0, 1, 2)] int last)
    {
        var messages = Add(_queue, "a", "b", "c");
        Send(_queue);

        _queue.Rewind(messages[last].MessageId);

        Send(_queue).Should().Equal(new[] { "a", "b", "c" }.Skip(last + 1));
    }

    [Test]
    public void A_client_that_names_a_message_that_was_dropped_meanwhile_gets_what_follows()
    {
        Add(_queue, "a", "b", "c");
        _queue.Add(KernelChannel.Shell, _kernel.Create(new Protocol.Messages.Shell.ExecuteReply()));
        var last = AddStream(_queue, "d", null);
        Take(_queue);
        AddStream(_queue, "e", null);
        _queue.DropToFit(900);

        _queue.Rewind(last.MessageId);

        Take(_queue).Should().ContainSingle("everything else had come").Which.DroppedMessages.Should().BePositive();
    }

    [Test]
    public void A_gap_is_told_to_a_client_that_has_only_a_part_of_what_it_stands_for()
    {
        var request = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        AddStream(_queue, "had", request);
        var last = _kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle });
        _queue.Add(KernelChannel.IOPub, last);
        Take(_queue);
        AddStream(_queue, "dropped before it was sent", request);
        _queue.DropToFit(1_300);

        _queue.Rewind(last.MessageId);

        Take(_queue).Should().Contain(message => message.DroppedMessages > 0);
    }

    [Test]
    public void Output_that_was_dropped_before_it_was_sent_is_told_though_other_output_was_dropped_after_it_was_sent()
    {
        var request = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        AddStream(_queue, "sent", request);
        _queue.Add(KernelChannel.IOPub, _kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle }));
        Take(_queue);
        AddStream(_queue, "not sent", request);
        _queue.Add(KernelChannel.IOPub, _kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle }));

        for (var dropped = 0; dropped < 2; dropped++) _queue.DropToFit(_queue.Bytes - 1);

        Take(_queue).Select(message => message.DroppedMessages).Should().Equal(1, 0);
    }

    [Test]
    public void A_reply_with_a_long_parent_header_is_dropped_once()
    {
        var request = MessageFactory.StartSession(new string('u', 100_000)).Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        for (var i = 0; i < 3; i++) _queue.Add(KernelChannel.Shell, _kernel.CreateReply(request, new Protocol.Messages.Shell.ExecuteReply()));

        _queue.DropToFit(64 << 10);

        Take(_queue).Should().ContainSingle().Which.Should().Match<QueuedMessage>(gap => gap.DroppedMessages == 3 && gap.Channel == KernelChannel.IOPub);
    }

    [Test]
    public void A_client_that_names_an_unknown_message_gets_everything()
    {
        Add(_queue, "a");
        Send(_queue);

        _queue.Rewind("of another life");

        Send(_queue).Should().Equal("a");
    }

    [Test]
    public void An_acknowledgement_of_the_former_connection_spares_the_new_one_the_message()
    {
        Add(_queue, "a", "b");
        Send(_queue);
        _queue.Rewind(null);

        _queue.Acknowledge(1);

        Send(_queue).Should().Equal("b");
    }

    [Test]
    public void A_batch_holds_at_least_one_message_and_no_more_than_fit()
    {
        Add(_queue, new string('x', 1000), "b", "c");
        var batch = new List<QueuedMessage>();

        _queue.TakeUnsent(batch, batchBytes: 10);

        batch.Should().ContainSingle();
        _queue.HasUnsent.Should().BeTrue();
    }

    [Test]
    public void Without_room_the_oldest_output_becomes_one_gap_that_is_counted()
    {
        var queue = NewQueue();
        var request = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
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
        var request = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        queue.Add(KernelChannel.IOPub, _kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Busy }));
        for (var number = 0; number < 50; number++) AddStream(queue, "text", request);
        queue.Add(KernelChannel.Shell, _kernel.CreateReply(request, new Protocol.Messages.Shell.ExecuteReply()));
        queue.Add(KernelChannel.IOPub, _kernel.CreateReply(request, new StatusOutput { ExecutionState = ExecutionState.Idle }));

        queue.DropToFit(4_000);

        var batch = Take(queue);
        batch.Select(message => message.Message.MessageType).Where(type => type != MessageTypes.Stream)
            .Should().Equal(MessageTypes.Status, MessageTypes.ExecuteReply, MessageTypes.Status);
        batch.Sum(message => message.DroppedMessages).Should().Be(50 - batch.Count(message => IsStream(message)));
    }

    [Test]
    public void Gaps_of_different_cells_are_told_apart()
    {
        var queue = NewQueue();
        var first = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        var second = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
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
            queue.Add(KernelChannel.IOPub, _kernel.Create(new StatusOutput { ExecutionState = ExecutionState.Idle }));
            queue.DropToFit(5_000);
        }

        var batch = Take(queue);
        batch.Sum(message => message.DroppedMessages).Should().Be(500 - batch.Count(message => message.DroppedMessages == 0));
        batch.Sum(message => message.Size).Should().BeLessThanOrEqualTo(6_000);
    }

    [Test]
    public void What_was_sent_to_a_client_that_acknowledges_nothing_is_not_kept_for_ever()
    {
        var queue = NewQueue();
        Add(queue, new string('x', 1500), new string('y', 1500));
        Send(queue);

        queue.ForgetSent(2_000);
        queue.Rewind(null);

        Send(queue).Should().Equal(new string('y', 1500));
    }

    [Test]
    public void A_reply_of_megabytes_is_dropped_when_there_is_no_room_and_a_short_one_tells_so()
    {
        var request = _kernel.Create(new Protocol.Messages.Shell.ExecuteRequest { Code = "" });
        _queue.Add(KernelChannel.Shell, _kernel.CreateReply(request, new Protocol.Messages.Shell.ExecuteReply
        {
            UserExpressions = new() { ["x"] = new string('x', 4_000_000) },
        }));

        _queue.DropToFit(100_000);

        var reply = Take(_queue).Should().ContainSingle().Which;
        reply.Message.MessageType.Should().Be(MessageTypes.ExecuteReply);
        reply.Message.ParentMessageId.Should().Be(request.MessageId);
        ((string?)reply.Message.Content["status"]).Should().Be("error");
        ((string?)reply.Message.Content["evalue"]).Should().Contain("bytes) was dropped");
        _queue.Bytes.Should().BeLessThan(2_000);
    }

    [Test]
    public void What_a_connected_client_was_sent_is_not_among_what_is_dropped()
    {
        Add(_queue, "a", "b");
        Send(_queue);
        Add(_queue, "c", "d", "e");

        _queue.DropUnsentToFit(0);

        var batch = Take(_queue);
        batch.Should().ContainSingle().Which.DroppedMessages.Should().Be(3);
        _queue.Rewind(null);
        Take(_queue).Take(2).Select(message => (string?)message.Message.Content["text"]).Should().Equal("a", "b");
    }

    [Test]
    public void A_message_in_two_queues_is_counted_once_and_nothing_is_counted_when_both_are_closed()
    {
        var other = NewQueue();
        var message = new RetainedMessage(_kernel.Create(new StreamOutput { Name = "stdout", Text = new string('x', 100_000) }), _account);
        _queue.Add(KernelChannel.IOPub, message);
        other.Add(KernelChannel.IOPub, message);
        message.Release();

        _account.UsedBytes.Should().BeInRange(100_000, 102_000);
        _queue.Close();
        _account.UsedBytes.Should().BeGreaterThan(100_000);
        other.Acknowledge(1);

        _account.UsedBytes.Should().Be(0);
        _queue.Add(KernelChannel.IOPub, _kernel.Create(new StreamOutput { Name = "stdout", Text = "late" }));
        _account.UsedBytes.Should().Be(0, "a queue that is closed keeps nothing");
    }

    [Test]
    public void Whatever_is_done_with_a_queue_the_account_is_even_in_the_end()
    {
        var random = new Random(7);
        for (var step = 0; step < 2_000; step++)
        {
            switch (random.Next(7))
            {
                case 0: _queue.Acknowledge(random.NextInt64(_queue.LastPosition + 1)); break;
                case 1: _queue.DropToFit(random.Next(20_000)); break;
                case 2: _queue.DropUnsentToFit(random.Next(20_000)); break;
                case 3: _queue.ForgetSent(random.Next(20_000)); break;
                case 4: _queue.Rewind(null); break;
                case 5: Take(_queue); break;
                default: Add(_queue, new string('x', random.Next(1_000))); break;
            }

            _queue.UnsentBytes.Should().BeInRange(0, _queue.Bytes);
        }

        _queue.Close();
        _account.UsedBytes.Should().Be(0);
        _queue.Bytes.Should().Be(0);
    }

    private ReplayQueue NewQueue() =>
        new(_account, gap => gap.Message, reply => ServerMessages.DroppedReply(reply, "kernel", TimeProvider.System));

    private static bool IsStream(QueuedMessage message) => message.Message.MessageType == MessageTypes.Stream && message.DroppedMessages == 0;

    private List<JupyterMessage> Add(ReplayQueue queue, params string[] texts) => [.. texts.Select(text => AddStream(queue, text, null))];

    private JupyterMessage AddStream(ReplayQueue queue, string text, JupyterMessage? parent)
    {
        var content = new StreamOutput { Name = "stdout", Text = text };
        var message = parent is null ? _kernel.Create(content) : _kernel.CreateReply(parent, content);
        queue.Add(KernelChannel.IOPub, message);
        return message;
    }

    private static List<QueuedMessage> Take(ReplayQueue queue)
    {
        var batch = new List<QueuedMessage>();
        queue.TakeUnsent(batch, long.MaxValue);
        return batch;
    }

    private List<string> Send(ReplayQueue queue)
    {
        _sent.Clear();
        _sent.AddRange(Take(queue).Select(message => (string)message.Message.Content["text"]!));
        return _sent;
    }
}
