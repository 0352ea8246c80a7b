using KernelGateway.Executions;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Testing.Time;

namespace KernelGateway.Tests.Executions;

/// <summary>The executions of a recorded conversation, each with its step, its request and its whole journal.</summary>
internal static class RecordedJournals
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<(string Step, JupyterMessage Request, ExecutionJournal Journal)> Of(RecordedConversation conversation)
    {
        var time = new ManualTimeProvider();
        var codec = new WireCodec(conversation.CreateSigner());
        var runs = new Dictionary<string, (string Step, JupyterMessage Request, ExecutionRun Run, ExecutionJournal Journal)>();
        foreach (var recorded in conversation.Messages)
        {
            if (!codec.TryDecode(recorded.Frames, out var message, out _, out _)) continue;
            if (recorded.IsSent && message.MessageType == MessageTypes.ExecuteRequest)
            {
                var journal = new ExecutionJournal(1 << 20, Path.GetTempPath());
                var options = new ExecutionRunOptions(Grace, long.MaxValue, ReportsErrorsAsOk: false);
                runs[message.MessageId] = (recorded.Step, message, new ExecutionRun(journal, options, time), journal);
            }
            else if (!recorded.IsSent && message.ParentMessageId is { } parent && runs.TryGetValue(parent, out var run))
            {
                run.Run.OnMessage(recorded.Channel, message);
            }
        }

        // Ends the executions for which the kernel sent only the reply or only the idle status.
        time.Advance(Grace);
        return [.. runs.Values.Select(run => (run.Step, run.Request, run.Journal))];
    }
}
