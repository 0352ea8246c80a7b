using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Asks front ends to clear the output shown so far.</summary>
/// <remarks>Jupyter messaging 5.x, Clear output.</remarks>
public sealed record ClearOutput : IMessageContent<ClearOutput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ClearOutput;

    /// <summary>Gets whether to clear only when the next output comes, so that animations do not flicker.</summary>
    public bool IsWaiting { get; init; }

    /// <inheritdoc/>
    public static ClearOutput Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ClearOutput
        {
            IsWaiting = fields["wait"u8].AsBoolean() ?? false,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBoolean("wait"u8, IsWaiting);
        writer.WriteEndObject();
    }
}
