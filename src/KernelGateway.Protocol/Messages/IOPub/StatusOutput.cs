using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Tells that the kernel starts, works or rests.</summary>
/// <remarks>Jupyter messaging 5.x, Kernel status.</remarks>
public sealed record StatusOutput : IMessageContent<StatusOutput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.Status;

    /// <summary>Gets the state.</summary>
    public ExecutionState ExecutionState { get; init; }

    /// <inheritdoc/>
    public static StatusOutput Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new StatusOutput
        {
            ExecutionState = ExecutionStates.Parse(fields["execution_state"u8].AsText()),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("execution_state"u8, ExecutionStates.ToWire(ExecutionState));
        writer.WriteEndObject();
    }
}
