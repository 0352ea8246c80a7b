using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Wire;
using KernelGateway.Testing.Fixtures;
using KernelGateway.Testing.Fuzzing;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Tests.Executions.Fuzzing;

/// <summary>The messages of a kernel for one execution, with some damaged, lost, repeated, moved, or taken from another execution.</summary>
internal sealed record FuzzedExecution(IReadOnlyList<(KernelChannel Channel, JupyterMessage Message)> Messages)
{
    private static readonly KernelChannel[] Channels = [KernelChannel.Shell, KernelChannel.Stdin, KernelChannel.IOPub];

    private static readonly string[] Types =
    [
        MessageTypes.Stream, MessageTypes.ExecuteResult, MessageTypes.DisplayData, MessageTypes.UpdateDisplayData, MessageTypes.ClearOutput,
        MessageTypes.Error, MessageTypes.ExecuteInput, MessageTypes.InputRequest, MessageTypes.Status, MessageTypes.ExecuteReply,
    ];

    private static readonly IReadOnlyList<FuzzedExecution> Recorded = [.. RecordedConversation.Kernels.SelectMany(Load)];

    public static FuzzedExecution Make(Random random)
    {
        var messages = Recorded[random.Next(Recorded.Count)].Messages.ToList();
        var other = Recorded[random.Next(Recorded.Count)].Messages;
        for (var rounds = random.Next(1, 6); rounds > 0 && messages.Count > 0; rounds--)
        {
            var at = random.Next(messages.Count);
            switch (random.Next(9))
            {
                case 0:
                    messages.RemoveAt(at);
                    break;
                case 1:
                    messages.Insert(random.Next(messages.Count), messages[at]);
                    break;
                case 2:
                    (messages[0], messages[at]) = (messages[at], messages[0]);
                    break;
                case 3:
                    messages.Insert(at, other[random.Next(other.Count)]);
                    break;
                case 4:
                    messages[at] = (Channels[random.Next(Channels.Length)], messages[at].Message);
                    break;
                default:
                    messages[at] = (messages[at].Channel, Damage(messages[at].Message, random));
                    break;
            }
        }

        return new FuzzedExecution(messages);
    }

    private static JupyterMessage Damage(JupyterMessage message, Random random)
    {
        var content = DamageContent(message, random);
        var header = random.Next(4) == 0 ? message.Header with { MessageType = Types[random.Next(Types.Length)] } : message.Header;
        return JupyterMessage.TryCreateRaw(
            header.ToUtf8(), message.RawParentHeader, message.RawMetadata, content, message.Buffers, out var damaged, out _) ? damaged : message;
    }

    private static byte[] DamageContent(JupyterMessage message, Random random)
    {
        var source = random.Next(3) == 0 ? null : TryBuild(message);
        return source is null
            ? ByteMutator.Mutate(message.RawContent.Span, random, message.RawHeader.Span)
            : JsonMutator.Mutate(source, random);
    }

    // A message may be damaged more than once, and the earlier damage may have made it invalid JSON.
    private static JObject? TryBuild(JupyterMessage message)
    {
        try
        {
            return message.Content;
        }
        catch (MessageFormatException)
        {
            return null;
        }
    }

    private static IEnumerable<FuzzedExecution> Load(string kernel)
    {
        var conversation = RecordedConversation.Load(kernel);
        var codec = new WireCodec(conversation.CreateSigner());
        var executions = new Dictionary<string, List<(KernelChannel, JupyterMessage)>>();
        foreach (var recorded in conversation.Messages)
        {
            if (!codec.TryDecode(recorded.Frames, out var message, out _, out _)) continue;
            if (recorded.IsSent && message.MessageType == MessageTypes.ExecuteRequest)
                executions[message.MessageId] = [];
            else if (!recorded.IsSent && message.ParentMessageId is { } parent && executions.TryGetValue(parent, out var messages))
                messages.Add((recorded.Channel, message));
        }

        return executions.Values.Where(messages => messages.Count > 0).Select(messages => new FuzzedExecution(messages));
    }
}
