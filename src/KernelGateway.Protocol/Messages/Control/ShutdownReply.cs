using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Tells that the kernel is about to end.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel shutdown.</remarks>
public sealed record ShutdownReply : ReplyContent, IMessageContent<ShutdownReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ShutdownReply;

    /// <summary>Gets whether a new kernel will take its place; octave leaves it out.</summary>
    public bool IsRestart { get; init; }

    /// <inheritdoc/>
    public static ShutdownReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ShutdownReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            IsRestart = fields["restart"u8].AsBoolean() ?? false,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteBoolean("restart"u8, IsRestart);
        writer.WriteEndObject();
    }
}
