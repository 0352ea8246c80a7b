using FluentAssertions;
using KernelGateway.Soak.Books;
using KernelGateway.Soak.Cells;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Testing.Tests.Soak;

public class ExecutionBookTests
{
    private static readonly EndNote Completed = new(EndNote.Completed, true, null);

    private readonly ManualTimeProvider _time = new();
    private readonly FindingList _findings = new(TextWriter.Null);
    private readonly FaultLog _faults;
    private readonly ExecutionBook _book;

    public ExecutionBookTests()
    {
        _faults = new FaultLog(_time);
        _book = new ExecutionBook(_findings, _time);
    }

    [Test]
    public void Execution_that_printed_everything_and_ended_once_balances()
    {
        _book.Close(Enter(CellKind.Lines, printed: 3, Completed));

        _book.CloseBook();
        _findings.Any.Should().BeFalse();
        _book.Ended.Should().Be(1);
    }

    [Test]
    public void Execution_without_an_end_is_lost()
    {
        Enter(CellKind.Lines, printed: 3);

        _book.CloseBook();

        _findings.Counts.Should().ContainKey("lost");
    }

    [Test]
    public void Second_end_is_noticed()
    {
        _book.Close(Enter(CellKind.Lines, printed: 3, Completed, Completed));

        _findings.Shown.Should().ContainSingle().Which.Should().Contain("it ended 2 times");
    }

    [Test]
    public void Completed_execution_without_its_last_line_is_noticed()
    {
        _book.Close(Enter(CellKind.Lines, printed: 2, Completed));

        _findings.Shown.Should().ContainSingle().Which.Should().Contain("with 2 of 3 lines");
    }

    [TestCase(EndNote.Interrupted)]
    [TestCase(EndNote.KernelDied)]
    [TestCase(EndNote.Restarted)]
    [TestCase(EndNote.Removed)]
    [TestCase(EndNote.TimedOut)]
    [TestCase("unheard_of")]
    public void End_that_nothing_explains_is_noticed(string reason)
    {
        _book.Close(Enter(CellKind.Lines, printed: 1, new EndNote(reason, false, null)));

        _findings.Shown.Should().ContainSingle().Which.Should().Contain("nothing explains it");
    }

    [Test]
    public void Kill_explains_the_death_of_a_kernel_for_a_while()
    {
        var died = new EndNote(EndNote.KernelDied, false, null);
        _faults.Note(FaultKind.Kill);
        _book.Close(Enter(CellKind.Lines, printed: 1, died));
        _findings.Any.Should().BeFalse();

        _time.Advance(TimeSpan.FromMinutes(1));
        _book.Close(Enter(CellKind.Lines, printed: 1, died));

        _findings.Any.Should().BeTrue();
    }

    private ExecutionEntry Enter(CellKind kind, int printed, params EndNote[] ends)
    {
        var cell = CellWriter.Scripted.Write(kind, "soak-1-1", 3);
        var entry = new ExecutionEntry
        {
            Cell = cell, Origin = "a test", Surface = "HTTP", KernelName = "scripted", IsReal = false, ContextId = "1", Faults = _faults,
            SubmittedAt = _time.GetTimestamp(), Receipt = new LineReceipt(cell.Token),
        };
        _book.Enter(entry);
        for (var i = 1; i <= printed; i++) entry.Receipt.Add($"{cell.Token} {i}\n");
        foreach (var end in ends) entry.NoteEnd(end);
        return entry;
    }
}
