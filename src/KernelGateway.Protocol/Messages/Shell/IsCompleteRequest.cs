using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks whether code could be run as it is.</summary>
/// <remarks>Jupyter messaging 5.x, Code completeness.</remarks>
public sealed record IsCompleteRequest : IMessageContent<IsCompleteRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.IsCompleteRequest;

    /// <summary>Gets the code.</summary>
    public required string Code { get; init; }

    /// <inheritdoc/>
    public static IsCompleteRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new IsCompleteRequest
        {
            Code = fields["code"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("code"u8, Code);
        writer.WriteEndObject();
    }
}
