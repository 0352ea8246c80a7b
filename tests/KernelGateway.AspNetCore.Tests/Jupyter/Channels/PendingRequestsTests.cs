using FluentAssertions;
using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.IOPub;
using KernelGateway.Protocol.Messages.Shell;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

public sealed class PendingRequestsTests
{
    private const long MaxBytes = 1_000_000;

    private readonly MessageFactory _client = MessageFactory.StartSession("client");
    private readonly MessageFactory _kernel = MessageFactory.StartSession("kernel");
    private readonly MemoryAccount _account = new(10 * MaxBytes);
    private readonly PendingRequests _pending;

    public PendingRequestsTests() => _pending = new PendingRequests(MaxBytes, _account);

    [Test]
    public void A_long_cell_is_remembered_however_many_short_requests_are_answered_meanwhile()
    {
        var cell = Add(Code());
        Begin(cell);
        for (var number = 0; number < 3 * PendingRequests.Capacity; number++) End(Add(Code())).Should().BeTrue();

        End(cell).Should().BeTrue();
        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    public void The_oldest_request_beyond_the_limit_is_answered_with_an_error()
    {
        var pending = new PendingRequests(long.MaxValue, new MemoryAccount(long.MaxValue));
        var oldest = Code();
        pending.Add(KernelChannel.Shell, oldest, out _);
        for (var number = 1; number < PendingRequests.Capacity; number++)
        {
            pending.Add(KernelChannel.Shell, Code(), out var early);
            early.Should().BeNull();
        }

        pending.Add(KernelChannel.Shell, Code(), out var forgotten);

        forgotten!.MessageId.Should().Be(oldest.MessageId);
    }

    [Test]
    public void Code_that_was_answered_and_has_no_idle_status_gets_a_notice_that_output_may_be_missing()
    {
        var request = Add(Code());
        Begin(request);
        _pending.OnMessage(KernelChannel.Shell, _kernel.CreateReply(request, new ExecuteReply())).Should().BeFalse();

        var answers = _pending.Fail("Died", "It died.", showsError: true, "kernel", TimeProvider.System);

        answers.Select(answer => answer.Message.MessageType).Should().Equal(MessageTypes.Stream, MessageTypes.Status);
        answers[0].Message.ReadContent<StreamOutput>().Text.Should().Contain("Output of this code may be missing").And.Contain("It died.");
        answers.Should().OnlyContain(answer => answer.Message.ParentMessageId == request.MessageId);
    }

    [Test]
    public void An_idle_status_that_is_read_after_the_request_was_failed_is_the_second_one()
    {
        var request = Add(Code());
        _pending.Fail("Died", "It died.", showsError: true, "kernel", TimeProvider.System).Should().HaveCount(3);

        _pending.IsSecondIdle(KernelChannel.IOPub, Status(Code(), ExecutionState.Idle)).Should().BeFalse();
        _pending.IsSecondIdle(KernelChannel.IOPub, Status(request, ExecutionState.Busy)).Should().BeFalse();
        _pending.IsSecondIdle(KernelChannel.IOPub, Status(request, ExecutionState.Idle)).Should().BeTrue();
    }

    [Test]
    public void Requests_with_which_the_kernel_has_not_begun_are_limited_in_bytes()
    {
        var first = Add(Code(600_000));

        _pending.Add(KernelChannel.Shell, Code(600_000), out _)!.Name.Should().Be("RequestQueueFull");
        Add(Code(100));
        Begin(first);

        _pending.Add(KernelChannel.Shell, Code(600_000), out _).Should().BeNull("the kernel has begun with the first request");
    }

    [Test]
    public void One_message_may_be_longer_than_the_limit()
    {
        var large = Add(Code(3_000_000));

        _account.UsedBytes.Should().BeGreaterThan(3_000_000);
        Begin(large);
        _account.UsedBytes.Should().BeLessThan(2_000, "only the header of running code is kept");
        End(large);
        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    public void A_message_for_which_the_gateway_has_no_memory_is_refused()
    {
        _account.Reserve(_account.LimitBytes);

        _pending.Add(KernelChannel.Shell, Code(), out _)!.Name.Should().Be("GatewayMemoryFull");

        _account.UsedBytes.Should().Be(_account.LimitBytes);
    }

    [Test]
    public void An_unanswered_request_counts_until_the_kernel_begins_with_a_later_one()
    {
        Add(Code(900_000));
        var later = Add(Code(10_000));

        Begin(later);

        _pending.WaitingBytes.Should().Be(0);
        _pending.WaitingCount.Should().Be(0);
    }

    [Test]
    public void A_message_of_a_comm_counts_until_its_idle_and_is_not_answered_in_the_kernels_place()
    {
        var message = Add(_client.Create(new CommMessage { CommId = "c" }));

        _pending.Fail("Died", "It died.", showsError: true, "kernel", TimeProvider.System).Should().BeEmpty();
        _account.UsedBytes.Should().Be(0);
        message = Add(_client.Create(new CommMessage { CommId = "c" }));
        Begin(message);
        _pending.OnMessage(KernelChannel.IOPub, Status(message, ExecutionState.Idle)).Should().BeTrue();

        _account.UsedBytes.Should().Be(0);
    }

    [Test]
    public void Requests_with_one_id_are_all_counted_and_all_given_back()
    {
        var message = Code(1_000);
        for (var number = 0; number < 5; number++) _pending.Add(KernelChannel.Shell, message, out _).Should().BeNull();
        _account.UsedBytes.Should().BeGreaterThan(5_000);

        _pending.RemoveLast(message.MessageId).Should().BeFalse("an earlier request with the same id is still pending");
        _pending.Clear();

        _account.UsedBytes.Should().Be(0);
    }

    private JupyterMessage Code(int characters = 1) => _client.Create(new ExecuteRequest { Code = new string('x', characters) });

    private JupyterMessage Add(JupyterMessage message)
    {
        _pending.Add(KernelChannel.Shell, message, out var forgotten).Should().BeNull();
        forgotten.Should().BeNull();
        return message;
    }

    private JupyterMessage Status(JupyterMessage request, ExecutionState state) =>
        _kernel.CreateReply(request, new StatusOutput { ExecutionState = state });

    private void Begin(JupyterMessage request) =>
        _pending.OnMessage(KernelChannel.IOPub, Status(request, ExecutionState.Busy)).Should().BeFalse();

    private bool End(JupyterMessage request)
    {
        _pending.OnMessage(KernelChannel.Shell, _kernel.CreateReply(request, new ExecuteReply())).Should().BeFalse();
        return _pending.OnMessage(KernelChannel.IOPub, Status(request, ExecutionState.Idle));
    }
}
