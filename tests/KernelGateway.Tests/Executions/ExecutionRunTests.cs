using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

public sealed class ExecutionRunTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly ManualTimeProvider _time = new();
    private readonly MessageFactory _messages = MessageFactory.StartSession("kernel");
    private readonly ExecutionJournal _journal = new(1 << 20, Path.GetTempPath());

    [Test]
    public void Reply_and_idle_end_it_in_either_order([Values] bool idleFirst)
    {
        var run = Start();
        if (idleFirst) Idle(run);
        else Reply(run, """{"status":"ok","execution_count":1}""");
        run.Ended.IsCompleted.Should().BeFalse("reply or idle status is missing");

        if (idleFirst) Reply(run, """{"status":"ok","execution_count":1}""");
        else Idle(run);

        End(run).Should().BeEquivalentTo(new ExecutionEnd
        {
            Reason = ExecutionEndReason.Completed, IsComplete = true, ReplySeen = true, IdleSeen = true,
        });
    }

    [Test]
    public void Output_behind_the_end_belongs_to_it_while_a_kernel_known_for_that_settles()
    {
        var settle = TimeSpan.FromMilliseconds(100);
        using var run = new ExecutionRun(
            _journal, new ExecutionRunOptions(Grace, long.MaxValue, ReportsErrorsAsOk: false) { Settle = settle }, _time);
        Reply(run, """{"status":"ok","execution_count":1}""");
        Idle(run);
        _time.Advance(settle - TimeSpan.FromMilliseconds(1));
        Stream(run, "behind idle");
        _time.Advance(settle - TimeSpan.FromMilliseconds(1));
        run.Ended.IsCompleted.Should().BeFalse("output starts the settle time again");

        _time.Advance(TimeSpan.FromMilliseconds(1));
        End(run).Should().Match<ExecutionEnd>(end => end.IsComplete && end.Counts.Stdout == 1);
    }

    [Test]
    public void A_disallowed_input_request_is_not_an_event()
    {
        var asked = 0;
        using var run = new ExecutionRun(
            _journal, new ExecutionRunOptions(Grace, long.MaxValue, ReportsErrorsAsOk: false) { AllowsInput = false }, _time)
        {
            DisallowedInputRequested = _ => asked++,
        };
        run.OnMessage(KernelChannel.Stdin, Message("input_request", """{"prompt":"name?","password":false}"""));
        Reply(run, """{"status":"ok"}""");
        Idle(run);

        asked.Should().Be(1);
        run.TakePendingInput().Should().BeNull();
        Kinds().Should().Equal(ExecutionEventKind.End);
    }

    [Test]
    public void An_idle_without_a_reply_ends_it_after_the_grace_with_a_message()
    {
        var run = Start();
        Idle(run);
        _time.Advance(Grace);

        End(run).Should().Match<ExecutionEnd>(end => end.IdleSeen && !end.ReplySeen && !end.IsComplete);
        End(run).Reason.Should().Be(ExecutionEndReason.Unanswered, "it is not known whether the code ran to its end");
        End(run).Message.Should().Contain("not known");
    }

    [Test]
    public void A_reply_without_an_idle_ends_it_only_when_the_output_has_fallen_silent()
    {
        var run = Start();
        Reply(run, """{"status":"ok"}""");
        _time.Advance(Grace - TimeSpan.FromMilliseconds(1));
        Stream(run, "still coming");
        _time.Advance(Grace - TimeSpan.FromMilliseconds(1));
        run.Ended.IsCompleted.Should().BeFalse("output starts the grace again");

        _time.Advance(TimeSpan.FromMilliseconds(1));
        End(run).Should().Match<ExecutionEnd>(end => end.ReplySeen && !end.IdleSeen && !end.IsComplete && end.Counts.Stdout == 1);
    }

    [Test]
    public void An_end_that_the_journal_has_already_is_the_end_of_the_run()
    {
        var run = Start();
        _journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Rejected }, _time.GetUtcNow());

        Reply(run, """{"status":"ok","execution_count":1}""");
        Idle(run);

        End(run).Reason.Should().Be(ExecutionEndReason.Rejected);
        Kinds().Should().Equal(ExecutionEventKind.End);
    }

    [Test]
    public void An_error_that_the_kernel_sends_twice_is_reported_once()
    {
        var run = Start();
        run.OnMessage(KernelChannel.IOPub, Message("error", """{"ename":"E","evalue":"v","traceback":[]}"""));
        Reply(run, """{"status":"error","ename":"E","evalue":"v","traceback":[]}""");
        Idle(run);

        End(run).Reason.Should().Be(ExecutionEndReason.Error);
        Kinds().Should().Equal(ExecutionEventKind.Error, ExecutionEventKind.End);
    }

    [Test]
    public void An_error_that_only_the_reply_tells_is_reported_before_the_end()
    {
        var run = Start();
        Reply(run, """{"status":"error","ename":"E","evalue":"v","traceback":[]}""");
        Idle(run);

        Kinds().Should().Equal(ExecutionEventKind.Error, ExecutionEventKind.End);
    }

    [TestCase("""{"status":"aborted"}""")]
    [TestCase("""{"status":"error"}""", Description = "xeus")]
    [TestCase("""{"status":"abort"}""", Description = "IRkernel")]
    public void An_aborted_request_is_over_without_an_idle(string reply)
    {
        var run = Start(mayResend: false);
        Reply(run, reply);

        End(run).Reason.Should().Be(ExecutionEndReason.Rejected);
    }

    [Test]
    public void A_request_aborted_before_it_began_may_be_sent_again_and_leaves_no_end()
    {
        var run = Start();
        Reply(run, """{"status":"aborted"}""");

        run.WasAbortedBeforeStart.Should().BeTrue();
        Kinds().Should().BeEmpty();
    }

    [Test]
    public void The_death_of_the_kernel_ends_it_with_the_signal_and_the_tail_of_stderr()
    {
        var run = Start();
        run.OnClosed(new KernelCloseInfo(KernelCloseReason.Died, new KernelExit(null, 9), "last words"));

        End(run).Should().Match<ExecutionEnd>(end =>
            end.Reason == ExecutionEndReason.KernelDied && end.Signal == 9 && !end.IsStatePreserved && end.Message!.Contains("last words"));
    }

    [Test]
    public void It_ends_once_and_later_messages_have_no_effect()
    {
        var run = Start();
        Reply(run, """{"status":"ok"}""");
        Idle(run);
        run.OnClosed(new KernelCloseInfo(KernelCloseReason.Died));
        Idle(run);
        run.TryEnd(ExecutionEndReason.Removed).Should().BeFalse();

        End(run).Reason.Should().Be(ExecutionEndReason.Completed);
        Kinds().Should().Equal(ExecutionEventKind.End);
    }

    [Test]
    public void Output_after_the_end_is_kept_and_marked_late()
    {
        var run = Start();
        Reply(run, """{"status":"ok"}""");
        Idle(run);
        Stream(run, "from a thread");

        Kinds().Should().Equal(ExecutionEventKind.End, ExecutionEventKind.Stdout);
        End(run).Counts.Stdout.Should().Be(0);
    }

    [Test]
    public void Output_that_never_falls_silent_does_not_hold_the_end_back_for_ever()
    {
        var run = Start();
        Reply(run, """{"status":"ok"}""");
        for (var printed = 0; printed < 100 && !run.Ended.IsCompleted; printed++)
        {
            Stream(run, "tick");
            _time.Advance(Grace / 2);
        }

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && !end.IsComplete);
    }

    [TestCase("""[{"source":"ask_exit","keepkernel":false}]""", false)]
    [TestCase("""[{"source":"ask_exit","keepkernel":true}]""", true)]
    [TestCase("""[{"source":"page","data":{}}]""", true)]
    [TestCase("""[1,{"source":["ask_exit"]}]""", true)]
    public void Code_that_makes_the_kernel_exit_loses_the_state(string payload, bool isPreserved)
    {
        var run = Start();
        Reply(run, $$"""{"status":"ok","execution_count":1,"payload":{{payload}}}""");
        Idle(run);

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && end.IsStatePreserved == isPreserved);
        run.IsKernelExiting.Should().Be(!isPreserved);
    }

    [Test]
    public void A_kernel_that_leaves_as_its_code_asked_for_before_its_idle_status_has_not_died()
    {
        var run = Start();
        Reply(run, """{"status":"ok","payload":[{"source":"ask_exit","keepkernel":false}]}""");
        run.OnClosed(new KernelCloseInfo(KernelCloseReason.Died, new KernelExit(0, null)));

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && !end.IsStatePreserved);
    }

    [Test]
    public void An_input_request_can_be_answered_once()
    {
        var run = Start();
        var request = Message("input_request", """{"prompt":"? ","password":false}""");
        run.OnMessage(KernelChannel.Stdin, request);

        run.TakePendingInput()!.MessageId.Should().Be(request.MessageId);
        run.TakePendingInput().Should().BeNull();
    }

    [TearDown]
    public void GiveUpTheJournal() => _journal.Dispose();

    private ExecutionRun Start(bool mayResend = true) =>
        new(_journal, new ExecutionRunOptions(Grace, long.MaxValue, ReportsErrorsAsOk: false, () => mayResend), _time);

    private void Idle(ExecutionRun run) => run.OnMessage(KernelChannel.IOPub, Message("status", """{"execution_state":"idle"}"""));

    private void Reply(ExecutionRun run, string content) => run.OnMessage(KernelChannel.Shell, Message("execute_reply", content));

    private void Stream(ExecutionRun run, string text) =>
        run.OnMessage(KernelChannel.IOPub, Message("stream", $$"""{"name":"stdout","text":"{{text}}"}"""));

    private JupyterMessage Message(string type, string content) =>
        _messages.Create(type, System.Text.Encoding.UTF8.GetBytes(content));

    private static ExecutionEnd End(ExecutionRun run)
    {
        run.Ended.IsCompletedSuccessfully.Should().BeTrue("the execution has ended");
#pragma warning disable VSTHRD002   // the task has completed
        return run.Ended.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private List<ExecutionEventKind> Kinds()
    {
        using var reader = _journal.OpenReader(0);
        var kinds = new List<ExecutionEventKind>();
        while (reader.TryRead() is { } entry)
        {
            kinds.Add(entry.Kind);
            entry.Release();
        }

        return kinds;
    }
}
