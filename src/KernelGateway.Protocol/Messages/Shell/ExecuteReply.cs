using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages.IOPub;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Tells how an execution ended.</summary>
/// <remarks>Jupyter messaging 5.x, Execute.</remarks>
public sealed record ExecuteReply : ReplyContent, IMessageContent<ExecuteReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ExecuteReply;

    /// <summary>Gets the counter; aborted replies have none and Macaulay2 sends null when nothing was printed.</summary>
    public int? ExecutionCount { get; init; }

    /// <summary>
    /// Gets the requests to the front end, such as <c>page</c> and <c>ask_exit</c>; deprecated but still in use.
    /// </summary>
    public JArray Payload { get; init; } = [];

    /// <summary>Gets the values of the user expressions, or their errors, by name.</summary>
    public JObject UserExpressions { get; init; } = [];

    /// <inheritdoc/>
    public static ExecuteReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        var status = ReadStatus(fields);
        var count = fields["execution_count"u8].AsInt32();
        return new ExecuteReply
        {
            Status = status,

            // tslab counts what failed and says no more; what xeus never began with has no number.
            Error = ReadError(fields) ?? (status == ReplyStatus.Error && count is not null ? ErrorOutput.From(fields) : null),
            ExecutionCount = count,
            Payload = fields["payload"u8].Kind == JsonValueKind.Array ? (JArray)fields["payload"u8].AsToken() : [],
            UserExpressions = fields["user_expressions"u8].AsObject(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        if (ExecutionCount is { } executionCount) writer.WriteNumber("execution_count"u8, executionCount);
        if (Status == ReplyStatus.Ok) writer.WriteToken("payload"u8, Payload);
        if (Status == ReplyStatus.Ok) writer.WriteToken("user_expressions"u8, UserExpressions);
        writer.WriteEndObject();
    }
}
