using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages.IOPub;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks the kernel to run code.</summary>
/// <remarks>
/// Jupyter messaging 5.x, Execute. All six fields are always written: less content ends IRkernel and gets no reply from ipykernel
/// 6.
/// </remarks>
public sealed record ExecuteRequest : IMessageContent<ExecuteRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ExecuteRequest;

    /// <summary>Gets the source text.</summary>
    public required string Code { get; init; }

    /// <summary>
    /// Gets whether the kernel should publish no execute_input and no result, and should not count. Stream output is published
    /// anyway.
    /// </summary>
    public bool IsSilent { get; init; }

    /// <summary>Gets whether to record the code and count the execution.</summary>
    public bool StoreHistory { get; init; } = true;

    /// <summary>Gets expressions by name, evaluated after the code.</summary>
    public JObject UserExpressions { get; init; } = [];

    /// <summary>Gets whether the kernel may ask for input. IRkernel asks even when it may not.</summary>
    public bool AllowStdin { get; init; } = true;

    /// <summary>Gets whether a failure aborts the requests that are queued after this one.</summary>
    public bool StopOnError { get; init; } = true;

    /// <inheritdoc/>
    public static ExecuteRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ExecuteRequest
        {
            Code = fields["code"u8].AsText() ?? "",
            IsSilent = fields["silent"u8].AsBoolean() ?? false,
            StoreHistory = fields["store_history"u8].AsBoolean() ?? fields["silent"u8].AsBoolean() != true,
            UserExpressions = fields["user_expressions"u8].AsObject(),
            AllowStdin = fields["allow_stdin"u8].AsBoolean() ?? true,
            StopOnError = fields["stop_on_error"u8].AsBoolean() ?? true,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("code"u8, Code);
        writer.WriteBoolean("silent"u8, IsSilent);
        writer.WriteBoolean("store_history"u8, StoreHistory);
        writer.WriteToken("user_expressions"u8, UserExpressions);
        writer.WriteBoolean("allow_stdin"u8, AllowStdin);
        writer.WriteBoolean("stop_on_error"u8, StopOnError);
        writer.WriteEndObject();
    }
}

/// <summary>Reports how an execution ended.</summary>
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

            // tslab sends a count and no description for failed code; a request with which xeus has not begun has no count.
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
