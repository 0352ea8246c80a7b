using FluentAssertions;
using KernelGateway.Executions;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions;

public sealed class ExecutionResultBuilderTests
{
    private readonly ExecutionResultBuilder _builder = new();

    [Test]
    public void The_value_of_the_cell_is_its_text_though_displays_come_first()
    {
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"shown"},"metadata":{}}""");
        Apply(ExecutionEventKind.Result, """{"data":{"text/plain":"value"},"metadata":{},"execution_count":1}""");

        var result = _builder.Build();
        result.Text.Should().Be("value");
        result.Results.Select(output => (output.Text, output.IsMainResult)).Should().Equal(("shown", false), ("value", true));
    }

    [Test]
    public void An_update_replaces_every_result_with_its_display_id_and_no_other()
    {
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"1"},"metadata":{},"transient":{"display_id":"a"}}""");
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"2"},"metadata":{},"transient":{"display_id":"b"}}""");
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"3"},"metadata":{},"transient":{"display_id":"a"}}""");
        Apply(ExecutionEventKind.ResultUpdate, """{"data":{"text/plain":"new"},"metadata":{},"transient":{"display_id":"a"}}""");

        _builder.Build().Results.Select(output => output.Text).Should().Equal("new", "2", "new");
    }

    [Test]
    public void Clearing_at_once_takes_everything_shown_so_far()
    {
        Apply(ExecutionEventKind.Stdout, "\"old\"");
        Apply(ExecutionEventKind.Display, """{"data":{"text/plain":"old"}}""");
        Apply(ExecutionEventKind.ClearOutput, """{"wait":false}""");

        var result = _builder.Build();
        result.Results.Should().BeEmpty();
        result.Logs.Stdout.Should().BeEmpty();
    }

    [Test]
    public void Clearing_with_wait_waits_for_the_next_output()
    {
        Apply(ExecutionEventKind.Stdout, "\"old\"");
        Apply(ExecutionEventKind.ClearOutput, """{"wait":true}""");
        _builder.Build().Logs.Stdout.Should().Equal("old");

        Apply(ExecutionEventKind.Stdout, "\"new\"");
        _builder.Build().Logs.Stdout.Should().Equal("new");
    }

    [Test]
    public void Error_count_and_end_are_kept()
    {
        Apply(ExecutionEventKind.Started, """{"execution_count":7}""");
        Apply(ExecutionEventKind.Error, """{"ename":"E","evalue":"v","traceback":["a","b"]}""");
        var end = new ExecutionEnd { Reason = ExecutionEndReason.Error, IsComplete = true, ReplySeen = true, IdleSeen = true };
        Apply(ExecutionEventKind.End, end.ToJson().ToString());

        var result = _builder.Build();
        result.ExecutionCount.Should().Be(7);
        result.Error.Should().BeEquivalentTo(new ExecutionError("E", "v", ["a", "b"]));
        result.End.Should().Be(end);
    }

    [Test]
    public void A_traceback_that_is_a_string_is_a_list_of_one()
    {
        Apply(ExecutionEventKind.Error, """{"ename":"","evalue":"v","traceback":"line"}""");

        _builder.Build().Error!.Traceback.Should().Equal("line");
    }

    [Test]
    public void Every_reason_survives_the_journal([Values] ExecutionEndReason reason)
    {
        var end = new ExecutionEnd
        {
            Reason = reason, IsStatePreserved = false, ExitCode = 3, Signal = 9, Message = "why", Counts = new(1, 2, 3),
        };
        Apply(ExecutionEventKind.End, end.ToJson().ToString());

        _builder.Build().End.Should().Be(end);
    }

    private void Apply(ExecutionEventKind kind, string payload)
    {
        var entry = new JournalEntry(kind, isLate: false, 1, DateTimeOffset.UnixEpoch, System.Text.Encoding.UTF8.GetBytes(payload));
        _builder.Apply(EventReader.Read(entry));
        entry.Release();
    }
}
