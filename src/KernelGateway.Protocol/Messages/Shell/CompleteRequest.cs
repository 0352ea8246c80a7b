using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks how the code at the cursor could go on.</summary>
/// <remarks>Jupyter messaging 5.x, Completion.</remarks>
public sealed record CompleteRequest : IMessageContent<CompleteRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CompleteRequest;

    /// <summary>Gets the code.</summary>
    public required string Code { get; init; }

    /// <summary>
    /// Gets where the cursor stands, in Unicode code points, not in UTF-16 units; see <see cref="CodePoints"/>.
    /// </summary>
    public int CursorPosition { get; init; }

    /// <inheritdoc/>
    public static CompleteRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CompleteRequest
        {
            Code = fields["code"u8].AsText() ?? "",
            CursorPosition = fields["cursor_pos"u8].AsInt32() ?? 0,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("code"u8, Code);
        writer.WriteNumber("cursor_pos"u8, CursorPosition);
        writer.WriteEndObject();
    }
}
