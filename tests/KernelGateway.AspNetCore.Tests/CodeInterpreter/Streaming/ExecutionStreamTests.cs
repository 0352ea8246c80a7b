using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.Executions;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter.Streaming;

public class ExecutionStreamTests
{
    private const int TestTimeout = 30_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    [TestCase(ExecutionEndReason.Interrupted, "ExecutionInterrupted")]
    [TestCase(ExecutionEndReason.Unanswered, "ExecutionUnanswered")]
    [TestCase(ExecutionEndReason.TimedOut, "TimeoutError")]
    [TestCase(ExecutionEndReason.KernelDied, "ContextRestarting")]
    [TestCase(ExecutionEndReason.Restarted, "ContextRestarting")]
    [TestCase(ExecutionEndReason.Removed, "UnexpectedEndOfExecution")]
    [TestCase(ExecutionEndReason.Rejected, "ExecutionRejected")]
    [CancelAfter(TestTimeout)]
    public async Task End_that_is_no_completion_has_an_error_before_it(ExecutionEndReason reason, string name, CancellationToken cancellationToken)
    {
        using var journal = NewJournal();
        Append(journal, ExecutionEventKind.Stdout, "\"x\"");
        journal.AppendEnd(new ExecutionEnd { Reason = reason }, DateTimeOffset.UnixEpoch);

        var lines = await ReadToEndAsync(journal, cancellationToken);

        lines.Should().HaveCount(3);
        lines[1].Should().StartWith($$"""{"type":"error","execution_id":"e1","seq":1,"name":"{{name}}","value":""");
        lines[2].Should().Contain($"\"reason\":\"{ExecutionEnd.WireName(reason)}\"");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task End_behind_an_error_of_the_code_has_no_other(CancellationToken cancellationToken)
    {
        using var journal = NewJournal();
        Append(journal, ExecutionEventKind.Error, """{"ename":"KeyboardInterrupt","evalue":"","traceback":[]}""");
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Interrupted }, DateTimeOffset.UnixEpoch);

        (await ReadToEndAsync(journal, cancellationToken)).Should().HaveCount(2);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Late_output_follows_the_end_for_those_who_read_everything(CancellationToken cancellationToken)
    {
        using var journal = NewJournal();
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Removed }, DateTimeOffset.UnixEpoch);
        Append(journal, ExecutionEventKind.Stdout, "\"late\"");

        var everything = await ReadAsync(journal, (stream, reader) => stream.WriteAllAsync(reader, cancellationToken), cancellationToken);
        var toTheEnd = await ReadToEndAsync(journal, cancellationToken);

        everything.Should().HaveCount(2, "every entry of the journal is written");
        everything[1].Should().Contain("\"late\":true");
        toTheEnd[^1].Should().Contain("end_of_execution");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Silence_is_broken_after_the_interval_and_each_one_after_it(CancellationToken cancellationToken)
    {
        var clock = new ManualTimeProvider();
        using var journal = NewJournal();
        using var reader = journal.OpenReader(0);
        var pipe = new Pipe();
        using var text = new StreamReader(pipe.Reader.AsStream());

        var writing = NewStream(pipe.Writer, clock).WriteToEndAsync(reader, cancellationToken);
        for (var silence = 1; silence <= 3; silence++)
        {
            await clock.WaitForTimerAsync(Interval, silence, cancellationToken);
            clock.Advance(Interval);
            (await text.ReadLineAsync(cancellationToken)).Should().Be("""{"type":"keepalive"}""");
        }

        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, DateTimeOffset.UnixEpoch);
        await writing;
        (await text.ReadLineAsync(cancellationToken)).Should().Contain("end_of_execution");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_does_not_read_holds_little_of_what_was_written(CancellationToken cancellationToken)
    {
        const int Entries = 1000;
        using var journal = NewJournal();
        var payload = Encoding.ASCII.GetBytes($"\"{new string('x', 1000)}\"");
        for (var i = 0; i < Entries; i++) journal.Append(ExecutionEventKind.Stdout, DateTimeOffset.UnixEpoch, payload);
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, DateTimeOffset.UnixEpoch);
        using var reader = journal.OpenReader(0);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));

        var writing = NewStream(pipe.Writer, TimeProvider.System).WriteToEndAsync(reader, cancellationToken);
        var first = await pipe.Reader.ReadAsync(cancellationToken);
        var held = first.Buffer.Length;
        var wasWaiting = !writing.IsCompleted;
        pipe.Reader.AdvanceTo(first.Buffer.Start);
        using var text = new StreamReader(pipe.Reader.AsStream());
        var lines = await ReadLinesAsync(text, writing, pipe.Writer, cancellationToken);

        wasWaiting.Should().BeTrue();
        held.Should().BeLessThan(128 * 1024);
        lines.Should().HaveCount(Entries + 1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Client_that_has_gone_ends_the_writing(CancellationToken cancellationToken)
    {
        using var journal = NewJournal();
        Append(journal, ExecutionEventKind.Stdout, "\"x\"");
        using var reader = journal.OpenReader(0);
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();

        var writing = NewStream(pipe.Writer, TimeProvider.System).WriteToEndAsync(reader, cancellationToken);

        await writing.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Large_text_is_written_in_pieces_that_a_client_reads_as_one(CancellationToken cancellationToken)
    {
        using var journal = NewJournal();
        var text = string.Concat(Enumerable.Repeat("aé€😀\\n", 300_000));
        Append(journal, ExecutionEventKind.Stdout, $"\"{text}\"");
        journal.AppendEnd(new ExecutionEnd { Reason = ExecutionEndReason.Completed }, DateTimeOffset.UnixEpoch);
        using var reader = journal.OpenReader(0);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));

        var writing = NewStream(pipe.Writer, TimeProvider.System).WriteToEndAsync(reader, cancellationToken);
        var first = await pipe.Reader.ReadAsync(cancellationToken);
        var held = first.Buffer.Length;
        pipe.Reader.AdvanceTo(first.Buffer.Start);
        using var lines = new StreamReader(pipe.Reader.AsStream());
        var read = await ReadLinesAsync(lines, writing, pipe.Writer, cancellationToken);

        held.Should().BeLessThan(4 << 20, "the whole text would take eight megabytes");
        ((string?)Newtonsoft.Json.Linq.JObject.Parse(read[0])["text"]).Should().Be(text.Replace("\\n", "\n", StringComparison.Ordinal));
        read.Should().HaveCount(2);
    }

    private static ExecutionJournal NewJournal() => new(1 << 20, Path.GetTempPath());

    private static void Append(ExecutionJournal journal, ExecutionEventKind kind, string payload) =>
        journal.Append(kind, DateTimeOffset.UnixEpoch, Encoding.UTF8.GetBytes(payload));

    private static ExecutionStream NewStream(PipeWriter writer, TimeProvider time)
    {
        var output = new LineBuffer(writer);
        return new ExecutionStream(output, new EventLines(output, "e1", detail: true), Interval, time);
    }

    private static Task<List<string>> ReadToEndAsync(ExecutionJournal journal, CancellationToken cancellationToken) =>
        ReadAsync(journal, (stream, reader) => stream.WriteToEndAsync(reader, cancellationToken), cancellationToken);

    private static async Task<List<string>> ReadAsync(
        ExecutionJournal journal, Func<ExecutionStream, JournalReader, Task> write, CancellationToken cancellationToken)
    {
        using var reader = journal.OpenReader(0);
        var pipe = new Pipe();
        using var text = new StreamReader(pipe.Reader.AsStream());
        return await ReadLinesAsync(text, write(NewStream(pipe.Writer, TimeProvider.System), reader), pipe.Writer, cancellationToken);
    }

    private static async Task<List<string>> ReadLinesAsync(
        StreamReader text, Task writing, PipeWriter writer, CancellationToken cancellationToken)
    {
        var completing = CompleteAsync();
        var lines = new List<string>();
        while (await text.ReadLineAsync(cancellationToken) is { } line) lines.Add(line);
        await completing;
        return lines;

        async Task CompleteAsync()
        {
            await writing;
            await writer.CompleteAsync();
        }
    }
}
