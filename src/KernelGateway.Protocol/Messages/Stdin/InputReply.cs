using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Stdin;

/// <summary>Gives the user's line to the program that asked.</summary>
/// <remarks>Jupyter messaging 5.x, Messages on the stdin channel.</remarks>
public sealed record InputReply : IMessageContent<InputReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InputReply;

    /// <summary>Gets the line, without its line break; <c>"\x04"</c> by convention ends the input.</summary>
    public required string Value { get; init; }

    /// <inheritdoc/>
    public static InputReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InputReply
        {
            Value = fields["value"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("value"u8, Value);
        writer.WriteEndObject();
    }
}
