using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Carries text a program wrote to a stream.</summary>
/// <remarks>Jupyter messaging 5.x, Streams.</remarks>
public sealed record StreamOutput : IMessageContent<StreamOutput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.Stream;

    /// <summary>Gets <c>stdout</c> or <c>stderr</c>.</summary>
    public string Name { get; init; } = "stdout";

    /// <summary>Gets the text, which can begin and end inside a line.</summary>
    public string Text { get; init; } = "";

    /// <inheritdoc/>
    public static StreamOutput Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new StreamOutput
        {
            Name = fields["name"u8].AsText() ?? "stdout",
            Text = fields["text"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("name"u8, Name);
        writer.WriteText("text"u8, Text);
        writer.WriteEndObject();
    }
}
