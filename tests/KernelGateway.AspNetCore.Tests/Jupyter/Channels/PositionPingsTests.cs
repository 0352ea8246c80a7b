using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class PositionPingsTests
{
    private readonly MessageFactory _kernel = MessageFactory.StartSession("kernel");
    private readonly ManualTimeProvider _time = new();
    private readonly Dictionary<int, JupyterMessage> _messages = [];
    private readonly PositionPings _pings;
    private long _lastPosition;

    public PositionPingsTests() => _pings = new PositionPings(acknowledge: true, _time);

    [Test]
    public void Behind_each_message_goes_a_ping_while_the_client_answers()
    {
        for (var position = 1L; position <= 100; position++)
        {
            Write(700);
            Ping().Should().Be(position);
            Answer(position).Should().BeTrue();
        }
    }

    [Test]
    public void Of_one_piece_the_pings_are_spread_over_all_and_the_last_message_has_one()
    {
        var pings = WritePiece(messages: 24);

        pings.Should().Equal(3, 6, 9, 12, 15, 18, 21, 24);
    }

    [Test]
    public void A_small_message_behind_a_large_one_has_a_ping_of_its_own()
    {
        Write(100_000);
        Ping().Should().Be(1);
        Write(1);

        Ping().Should().Be(2);
    }

    [Test]
    public void No_more_than_eight_are_on_the_way()
    {
        WritePiece(messages: 8).Should().HaveCount(8);
        WritePiece(messages: 100).Should().BeEmpty();

        Answer(1).Should().BeTrue();

        Ping().Should().Be(108, "the last messages get a ping as soon as another one is allowed");
    }

    [Test]
    public void An_answer_to_the_newest_ping_answers_all()
    {
        WritePiece(messages: 8);

        Answer(8).Should().BeTrue();

        _pings.GetRoom().Should().BeGreaterThanOrEqualTo(SendWindow.MinBytes);
        WritePiece(messages: 8).Should().HaveCount(8);
    }

    [Test]
    public void A_pong_without_a_ping_is_not_an_acknowledgement()
    {
        Write(700);
        Ping();

        Answer(2).Should().BeFalse("no message was sent at that position");
        _pings.TryAnswer(null, out _).Should().BeFalse();
        Answer(1).Should().BeTrue();
    }

    [Test]
    public void There_is_no_room_when_the_window_is_full_until_half_of_it_has_been_answered()
    {
        _pings.GetRoom().Should().Be(SendWindow.FirstBytes);
        var positions = WriteUntilFull();
        _pings.GetRoom().Should().Be(0);

        var answers = 0;
        var unanswered = new Queue<long>(positions);
        while (_pings.GetRoom() == 0)
        {
            _time.Advance(TimeSpan.FromSeconds(1));   // slow answers, so that the window does not grow
            _pings.TryAnswer(unanswered.Dequeue(), out var makesRoom).Should().BeTrue();
            answers++;
            if (_pings.GetRoom() > 0) makesRoom.Should().BeTrue("a waiting writer must check the room again");
            if (makesRoom && Ping() is { } position) unanswered.Enqueue(position);
        }

        answers.Should().BeGreaterThan(2);
        _pings.GetRoom().Should().BePositive();
    }

    [Test]
    public void Large_messages_need_not_wait_for_each_other()
    {
        Write(1_000_000);
        Ping().Should().Be(1);
        _pings.GetRoom().Should().Be(1, "one more message is allowed");
        Write(1_000_000);
        Ping().Should().Be(2);
        _pings.GetRoom().Should().Be(0);

        Answer(1);

        _pings.GetRoom().Should().BePositive();
    }

    [Test]
    public void A_client_that_never_answers_gets_everything_in_the_end()
    {
        WriteUntilFull();
        _pings.IsUnanswered.Should().BeTrue();

        _pings.OnNoAnswer();

        _pings.GetRoom().Should().Be(long.MaxValue);
    }

    [Test]
    public void A_client_whose_first_answer_was_late_has_a_send_window_again()
    {
        WriteUntilFull();
        _pings.OnNoAnswer();

        _pings.TryAnswer(1, out var makesRoom).Should().BeTrue();
        _pings.OnNoAnswer();

        makesRoom.Should().BeTrue("a waiting writer must check the room again");
        _pings.IsUnanswered.Should().BeFalse();
        _pings.GetRoom().Should().BeLessThan(long.MaxValue);
    }

    [Test]
    public void A_client_that_cannot_reconnect_is_pinged_at_intervals_only_and_has_no_send_window()
    {
        var pings = new PositionPings(acknowledge: false, _time);
        pings.OnWritten(Message(1_000_000));

        pings.TryMake(0, out _).Should().BeFalse();
        pings.GetRoom().Should().Be(long.MaxValue);
        pings.OnInterval(isWriting: false, writtenBytes: 0).Should().BeTrue();
        pings.TryMake(0, out _).Should().BeTrue();
    }

    [Test]
    public void A_client_that_has_answered_and_neither_sends_nor_reads_for_four_intervals_is_gone()
    {
        Write(700);
        Ping();
        Answer(1);
        _pings.OnInterval(isWriting: true, writtenBytes: 1_000).Should().BeTrue("bytes were written since the start");
        for (var interval = 0; interval < 3; interval++)
            _pings.OnInterval(isWriting: true, writtenBytes: 1_000).Should().BeTrue();
        _pings.OnHeard();
        for (var interval = 0; interval < 3; interval++)
            _pings.OnInterval(isWriting: true, writtenBytes: 1_000).Should().BeTrue();

        _pings.OnInterval(isWriting: true, writtenBytes: 1_000).Should().BeFalse();
    }

    [Test]
    public void A_silent_client_is_not_given_up_while_no_bytes_wait_for_it()
    {
        Write(700);
        Ping();
        Answer(1);

        for (var interval = 0; interval < 100; interval++) _pings.OnInterval(isWriting: false, writtenBytes: 0).Should().BeTrue();
    }

    [Test]
    public void A_silent_client_is_not_given_up_while_it_reads_slowly()
    {
        Write(700);
        Ping();
        Answer(1);

        for (var interval = 1; interval < 100; interval++)
            _pings.OnInterval(isWriting: true, writtenBytes: interval / 3).Should().BeTrue();
    }

    [Test]
    public void A_client_that_never_answers_a_ping_is_not_given_up()
    {
        for (var interval = 0; interval < 100; interval++) _pings.OnInterval(isWriting: true, writtenBytes: 0).Should().BeTrue();
    }

    [Test]
    public void The_first_answer_in_a_full_window_is_confirmed_by_a_ping_so_that_the_next_ones_come()
    {
        WriteUntilFull();

        _pings.TryAnswer(1, out var makesRoom).Should().BeTrue();
        makesRoom.Should().BeTrue("without data to send, TCP acknowledges the answer 40 ms later");
        _pings.GetRoom().Should().Be(0);
        Ping().Should().NotBeNull();

        _pings.TryAnswer(2, out makesRoom).Should().BeTrue();
        makesRoom.Should().BeFalse("the answers that were held back are being sent now");
    }

    [Test]
    public void A_second_ping_of_a_position_does_not_shorten_the_round_trip()
    {
        Write(100_000);
        Ping().Should().Be(1);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _pings.OnInterval(isWriting: false, writtenBytes: 0);
        Ping().Should().Be(1);
        Answer(1);

        Write(200_000);
        Ping().Should().Be(2);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Answer(2);

        _pings.GetRoom().Should().BeGreaterThan(700_000, "both round trips are equal, so the window is four times the delivered bytes");
    }

    // Every message of a length is the same object, so that all have the same size.
    private QueuedMessage Message(int characters)
    {
        if (!_messages.TryGetValue(characters, out var message))
        {
            _messages[characters] = message = _kernel.Create(new StreamOutput { Name = "stdout", Text = new string('x', characters) });
        }

        return new QueuedMessage(++_lastPosition, KernelChannel.IOPub, new RetainedMessage(message, new MemoryAccount(long.MaxValue)));
    }

    private void Write(int characters) => _pings.OnWritten(Message(characters));

    // Returns the position in the ping; null when no ping was due.
    private long? Ping(long followingBytes = 0) => _pings.TryMake(followingBytes, out var position) ? position : null;

    private bool Answer(long position) => _pings.TryAnswer(position, out _);

    // Writes messages as the send loop does, and returns the positions of the pings.
    private List<long> WritePiece(int messages)
    {
        var piece = Enumerable.Range(0, messages).Select(_ => Message(700)).ToList();
        var followingBytes = piece.Sum(message => message.Size);
        var pings = new List<long>();
        foreach (var message in piece)
        {
            _pings.OnWritten(message);
            followingBytes -= message.Size;
            if (Ping(followingBytes) is { } position) pings.Add(position);
        }

        return pings;
    }

    private List<long> WriteUntilFull()
    {
        var pings = new List<long>();
        while (_pings.GetRoom() > 0) pings.AddRange(WritePiece(messages: 1));
        return pings;
    }
}
