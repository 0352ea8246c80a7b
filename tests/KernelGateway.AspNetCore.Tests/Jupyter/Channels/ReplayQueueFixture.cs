using KernelGateway.AspNetCore.Jupyter.Channels;
using KernelGateway.Memory;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.AspNetCore.Tests.Jupyter.Channels;

/// <summary>A replay queue, and helper methods for its tests.</summary>
public abstract class ReplayQueueFixture
{
    private readonly List<string> _sent = [];

    private protected ReplayQueueFixture() => Queue = NewQueue();

    private protected MessageFactory Kernel { get; } = MessageFactory.StartSession("kernel");

    private protected MemoryAccount Account { get; } = new(long.MaxValue);

    private protected ReplayQueue Queue { get; }

    private protected ReplayQueue NewQueue() =>
        new(Account, gap => gap.Message, reply => ServerMessages.DroppedReply(reply, "kernel", TimeProvider.System));

    private protected static bool IsStream(QueuedMessage message) => message.Message.MessageType == MessageTypes.Stream && message.DroppedMessages == 0;

    private protected List<JupyterMessage> Add(ReplayQueue queue, params string[] texts) => [.. texts.Select(text => AddStream(queue, text, null))];

    private protected JupyterMessage AddStream(ReplayQueue queue, string text, JupyterMessage? parent)
    {
        var content = new StreamOutput { Name = "stdout", Text = text };
        var message = parent is null ? Kernel.Create(content) : Kernel.CreateReply(parent, content);
        queue.Add(KernelChannel.IOPub, message);
        return message;
    }

    private protected static List<QueuedMessage> Take(ReplayQueue queue)
    {
        var batch = new List<QueuedMessage>();
        queue.TakeUnsent(batch, long.MaxValue);
        return batch;
    }

    private protected List<string> Send(ReplayQueue queue)
    {
        _sent.Clear();
        _sent.AddRange(Take(queue).Select(message => (string)message.Message.Content["text"]!));
        return _sent;
    }
}
