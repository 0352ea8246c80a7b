using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks the kernel to end itself.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel shutdown.</remarks>
public sealed record ShutdownRequest : IMessageContent<ShutdownRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ShutdownRequest;

    /// <summary>Gets whether a new kernel will take its place.</summary>
    public bool IsRestart { get; init; }

    /// <inheritdoc/>
    public static ShutdownRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ShutdownRequest
        {
            IsRestart = fields["restart"u8].AsBoolean() ?? false,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBoolean("restart"u8, IsRestart);
        writer.WriteEndObject();
    }
}
