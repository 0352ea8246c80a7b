using System.Text.Json;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Fuzzing;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.Tests.Executions.Fuzzing;

/// <summary>Plays damaged copies of recorded executions through all code between a decoded message and the result.</summary>
public sealed class ExecutionFuzzTests
{
    private const int Executions = 45_000;
    private const int ObjectModelBytes = 512;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    [Test]
    [Category("Slow")]
    [CancelAfter(120_000)]
    public void A_damaged_execution_ends_once_and_all_of_it_can_be_read(CancellationToken token)
    {
        var fed = 0;
        var run = new FuzzRun(TestContext.Out) { BytesPerByte = ObjectModelBytes, FixedBytes = 1 << 20 };

        run.Try(
            Executions, FuzzedExecution.Make, execution => execution.Messages.Select(message => message.Message.RawContent),
            execution =>
            {
                fed += execution.Messages.Count;
                return Play(execution);
            },
            token);

        TestContext.Out.WriteLine($"{fed} messages.");
    }

    // Returns the number of journal entries: at most one per message, and one for the end.
    private static long Play(FuzzedExecution execution)
    {
        var time = new ManualTimeProvider();
        var options = new ExecutionRunOptions(Grace, MaxOutputBytes: long.MaxValue, ReportsErrorsAsOk: false);
        using var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
        using var run = new ExecutionRun(journal, options, time);
        foreach (var (channel, message) in execution.Messages)
        {
            try
            {
                run.OnMessage(channel, message);
            }
            catch (MessageFormatException)
            {
                // A documented exception. The dispatcher drops the message.
            }
        }

        time.Advance(Grace);
        if (!run.Ended.IsCompleted) run.TryEnd(ExecutionEndReason.KernelDied, "nothing more came");
        Check(run.Ended.IsCompletedSuccessfully, "the execution has ended");
        Check(!run.TryEnd(ExecutionEndReason.Removed), "it ends once");

        var entries = ReadAll(journal);
        Check(entries <= execution.Messages.Count + 2, "a message adds one entry, an error in the reply and the end one more each");
        return entries;
    }

    private static long ReadAll(ExecutionJournal journal)
    {
        var builder = new ExecutionResultBuilder();
        var last = 0L;
        var ends = 0;
        using var reader = journal.OpenReader(0);
        while (reader.TryRead() is { } entry)
        {
            CheckIsJson(entry.Payload.Span);
            var read = EventReader.Read(entry);
            Check(read.Sequence == last + 1, "the sequence has no gaps");
            Check(read.IsLate == (ends > 0), "events after the end are late");
            last = read.Sequence;
            if (read is EndEvent) ends++;
            builder.Apply(read);
            entry.Release();
        }

        Check(ends == 1, "there is one end");
        foreach (var output in builder.Build().Results)
        {
            try
            {
                foreach (var mediaType in output.Data.MediaTypes) _ = output.Data.GetText(mediaType);
            }
            catch (MessageFormatException exception)
            {
                throw new InvalidOperationException("A bundle in the journal is not JSON.", exception);
            }
        }

        return last;
    }

    // The payloads of the journal are copied into the lines that clients read.
    private static void CheckIsJson(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = 1 << 20 });
        while (reader.Read())
        {
        }
    }

    private static void Check(bool claim, string what)
    {
        if (!claim) throw new InvalidOperationException($"This is not true: {what}.");
    }
}
