using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Tells all clients which code is being run.</summary>
/// <remarks>Jupyter messaging 5.x, Code inputs.</remarks>
public sealed record ExecuteInput : IMessageContent<ExecuteInput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ExecuteInput;

    /// <summary>Gets the code.</summary>
    public string Code { get; init; } = "";

    /// <summary>Gets the counter of this execution.</summary>
    public int? ExecutionCount { get; init; }

    /// <inheritdoc/>
    public static ExecuteInput Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ExecuteInput
        {
            Code = fields["code"u8].AsText() ?? "",
            ExecutionCount = fields["execution_count"u8].AsInt32(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("code"u8, Code);
        writer.WriteNumber("execution_count"u8, ExecutionCount ?? 0);   // front ends refuse the message without it
        writer.WriteEndObject();
    }
}
