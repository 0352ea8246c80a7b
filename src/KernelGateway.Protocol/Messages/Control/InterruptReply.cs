using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Tells that the interrupt was received. Whether it worked shows in the interrupted execution's own reply.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel interrupt.</remarks>
public sealed record InterruptReply : ReplyContent, IMessageContent<InterruptReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InterruptReply;

    /// <inheritdoc/>
    public static InterruptReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InterruptReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteEndObject();
    }
}
