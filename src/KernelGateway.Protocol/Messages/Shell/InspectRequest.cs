using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks about the object at a place in the code.</summary>
/// <remarks>Jupyter messaging 5.x, Introspection.</remarks>
public sealed record InspectRequest : IMessageContent<InspectRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.InspectRequest;

    /// <summary>Gets the code.</summary>
    public required string Code { get; init; }

    /// <summary>
    /// Gets where the cursor stands, in Unicode code points, not in UTF-16 units; see <see cref="CodePoints"/>.
    /// </summary>
    public int CursorPosition { get; init; }

    /// <summary>Gets 0 for documentation, 1 for the source as well.</summary>
    public int DetailLevel { get; init; }

    /// <inheritdoc/>
    public static InspectRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new InspectRequest
        {
            Code = fields["code"u8].AsText() ?? "",
            CursorPosition = fields["cursor_pos"u8].AsInt32() ?? 0,
            DetailLevel = fields["detail_level"u8].AsInt32() ?? 0,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("code"u8, Code);
        writer.WriteNumber("cursor_pos"u8, CursorPosition);
        writer.WriteNumber("detail_level"u8, DetailLevel);
        writer.WriteEndObject();
    }
}
