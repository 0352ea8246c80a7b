using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using KernelGateway.AspNetCore.CodeInterpreter.Streaming;
using KernelGateway.Executions;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Testing.Fuzzing;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.CodeInterpreter.Streaming;

/// <summary>Every output of a kernel that becomes an event is written as one line of valid JSON.</summary>
public class EventLinesFuzzTests
{
    private const int Lines = 10_000;

    private static readonly IReadOnlyList<(KernelChannel Channel, JupyterMessage Message)> Recorded = [.. Load()];

    [Test]
    [CancelAfter(120_000)]
    public Task A_damaged_output_is_no_event_or_one_line_of_JSON(CancellationToken token) =>
        new FuzzRun(TestContext.Out).TryAsync(Lines, Make, input => [input.Message.RawContent], WriteAsync, token);

    private static (KernelChannel Channel, JupyterMessage Message, bool Detail) Make(Random random)
    {
        var (channel, message) = Recorded[random.Next(Recorded.Count)];
        var content = random.Next(3) == 0
            ? ByteMutator.Mutate(message.RawContent.Span, random, message.RawHeader.Span)
            : JsonMutator.Mutate(message.Content, random);
        JupyterMessage.TryCreateRaw(message.RawHeader, message.RawParentHeader, message.RawMetadata, content, [], out var damaged, out _);
        return (channel, damaged!, random.Next(2) == 0);
    }

    // Returns the number of lines.
    private static async Task<long> WriteAsync((KernelChannel Channel, JupyterMessage Message, bool Detail) input)
    {
        ReadOnlyMemory<byte> payload;
        ExecutionEventKind kind;
        try
        {
            if (!ExecutionAssembler.TryMap(input.Channel, input.Message, out kind, out payload)) return 0;
        }
        catch (MessageFormatException)
        {
            return 0;
        }

        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        new EventLines(new LineBuffer(pipe.Writer), "e1", input.Detail)
            .Write(new JournalEntry(kind, isLate: false, 1, DateTimeOffset.UnixEpoch, payload.Span));
        await pipe.Writer.CompleteAsync();
        using var written = new MemoryStream();
        await pipe.Reader.CopyToAsync(written);
        CheckLine(written.ToArray());
        return 1;
    }

    private static void CheckLine(ReadOnlySpan<byte> line)
    {
        if (!Ascii.IsValid(line) || line.IndexOf((byte)'\n') != line.Length - 1) throw new InvalidOperationException("Not one line of ASCII.");
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 1 << 20 });
        while (reader.Read())
        {
        }
    }

    private static IEnumerable<(KernelChannel, JupyterMessage)> Load()
    {
        foreach (var conversation in RecordedConversation.Kernels.Select(RecordedConversation.Load))
        {
            var codec = new WireCodec(conversation.CreateSigner());
            foreach (var recorded in conversation.Messages.Where(recorded => !recorded.IsSent))
            {
                if (codec.TryDecode(recorded.Frames, out var message, out _, out _)
                    && ExecutionAssembler.TryMap(recorded.Channel, message, out _, out _)) yield return (recorded.Channel, message);
            }
        }
    }
}
