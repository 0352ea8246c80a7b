using FluentAssertions;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

/// <summary>What stopped an execution, and what is kept of its output.</summary>
public sealed class ExecutionStopTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly ManualTimeProvider _time = new();
    private readonly MessageFactory _messages = MessageFactory.StartSession("kernel");
    private readonly ExecutionJournal _journal = new(1 << 20, Path.GetTempPath());

    [Test]
    public void An_interrupted_error_ends_as_interrupted()
    {
        var run = Start();
        run.TryInterrupt(ExecutionStopCause.Request, () => { }).Should().BeTrue();
        Reply(run, """{"status":"error","ename":"KeyboardInterrupt","evalue":"","traceback":[]}""");
        Idle(run);

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Interrupted && end.IsStatePreserved);
    }

    [Test]
    public void Code_that_ran_to_its_end_before_the_interrupt_hit_is_completed()
    {
        var run = Start();
        run.TryInterrupt(ExecutionStopCause.Request, () => { });
        Reply(run, """{"status":"ok"}""");
        Idle(run);

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && end.StoppedBy == ExecutionStopCause.Request);
    }

    [Test]
    public void The_first_cause_of_an_interrupt_is_reported_and_an_exceeded_time_limit_is_the_reason([Values] bool limitFirst)
    {
        var run = Start();
        if (limitFirst) run.TryPassTimeLimit();
        run.TryInterrupt(ExecutionStopCause.Request, () => { });
        if (!limitFirst) run.TryPassTimeLimit();
        Reply(run, """{"status":"error","ename":"KeyboardInterrupt","evalue":"","traceback":[]}""");
        Idle(run);

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.TimedOut
            && end.StoppedBy == (limitFirst ? ExecutionStopCause.TimeLimit : ExecutionStopCause.Request));
    }

    [TestCase("""{"status":"ok"}""")]
    [TestCase("""{"status":"aborted"}""")]
    [TestCase("""{"status":"error","ename":"E","evalue":"","traceback":[]}""")]
    [TestCase(null)]
    public void A_time_limit_exceeded_before_the_reply_is_the_reason_for_every_reply_status(string? reply)
    {
        var run = Start();
        run.TryPassTimeLimit().Should().BeTrue();
        if (reply is not null) Reply(run, reply);
        Idle(run);
        _time.Advance(Grace);

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.TimedOut && end.StoppedBy == ExecutionStopCause.TimeLimit);
    }

    [Test]
    public void Nothing_stops_code_whose_reply_has_come()
    {
        var run = Start();
        Reply(run, """{"status":"ok"}""");
        run.TryPassTimeLimit().Should().BeFalse();
        run.TryInterrupt(ExecutionStopCause.Request, () => Assert.Fail("The code has already ended.")).Should().BeFalse();
        Idle(run);

        End(run).Should().Match<ExecutionEnd>(end => end.Reason == ExecutionEndReason.Completed && end.StoppedBy == null);
    }

    [Test]
    public void An_interrupt_is_not_sent_when_it_is_over()
    {
        var run = Start();
        Reply(run, """{"status":"ok"}""");
        Idle(run);
        var sent = false;

        run.TryInterrupt(ExecutionStopCause.Request, () => sent = true).Should().BeFalse();
        sent.Should().BeFalse();
    }

    [Test]
    public void Output_beyond_the_limit_asks_for_an_interrupt_once()
    {
        var run = new ExecutionRun(_journal, new ExecutionRunOptions(Grace, MaxOutputBytes: 10, false, () => true), _time);
        var asked = 0;
        run.OutputLimitReached = () => asked++;
        Stream(run, "short");
        asked.Should().Be(0);

        Stream(run, "long enough by now");
        Stream(run, "and more");
        asked.Should().Be(1);
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
}
