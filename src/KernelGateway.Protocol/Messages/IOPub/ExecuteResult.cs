using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.IOPub;

/// <summary>Carries the value of the code's last expression.</summary>
/// <remarks>Jupyter messaging 5.x, Execution results.</remarks>
public sealed record ExecuteResult : IMessageContent<ExecuteResult>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ExecuteResult;

    /// <summary>Gets the counter of the execution.</summary>
    public int? ExecutionCount { get; init; }

    /// <summary>Gets the value in its representations.</summary>
    public MimeBundle Data { get; init; } = MimeBundle.Empty;

    /// <summary>Gets metadata of the representations.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the id by which the display can be updated; null when it never will be.</summary>
    public string? DisplayId { get; init; }

    /// <inheritdoc/>
    public static ExecuteResult Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ExecuteResult
        {
            ExecutionCount = fields["execution_count"u8].AsInt32(),
            Data = MimeBundle.From(fields["data"u8]),
            Metadata = fields["metadata"u8].AsObject(),
            DisplayId = DisplayTransient.ReadDisplayId(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteNumber("execution_count"u8, ExecutionCount ?? 0);   // front ends refuse the message without it
        writer.WritePropertyName("data"u8);
        Data.WriteTo(writer);
        writer.WriteToken("metadata"u8, Metadata);
        DisplayTransient.Write(writer, DisplayId);
        writer.WriteEndObject();
    }
}
