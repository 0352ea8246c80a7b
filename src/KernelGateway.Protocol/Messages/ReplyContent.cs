using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.Protocol.Messages;

/// <summary>The common part of all replies: a status and, for an error, its description.</summary>
/// <remarks>Jupyter messaging 5.x, Request-Reply.</remarks>
public abstract record ReplyContent
{
    /// <summary>Gets how the request ended.</summary>
    public ReplyStatus Status { get; init; }

    /// <summary>
    /// Gets the error; null unless the status is <see cref="ReplyStatus.Error"/>, and with xeus also then (see
    /// <see cref="IsAborted"/>).
    /// </summary>
    public ErrorOutput? Error { get; init; }

    /// <summary>
    /// Gets whether the request was never processed: status aborted, or xeus's error without a description, which means the same.
    /// </summary>
    public bool IsAborted => Status == ReplyStatus.Aborted || (Status == ReplyStatus.Error && Error is null);

    internal static ReplyStatus ReadStatus(in ContentFields fields) => fields["status"u8].AsString() switch
    {
        "ok" => ReplyStatus.Ok,
        "aborted" or "abort" => ReplyStatus.Aborted,   // "abort": IRkernel, for an interrupted cell
        // ipykernel 6 and xeus answer an interrupt, octave a shutdown, without any status.
        null => ReplyStatus.Ok,
        _ => ReplyStatus.Error,
    };

    internal static ErrorOutput? ReadError(in ContentFields fields) =>
        ReadStatus(fields) == ReplyStatus.Error && !fields["ename"u8].IsNull ? ErrorOutput.From(fields) : null;

    /// <summary>Reads a reply that has a status only.</summary>
    private protected static TReply ReadStatusReply<TReply>(ReadOnlyMemory<byte> content)
        where TReply : ReplyContent, new()
    {
        var fields = ContentFields.Read(content);
        return new TReply { Status = ReadStatus(fields), Error = ReadError(fields) };
    }

    /// <summary>Writes a reply that has a status only.</summary>
    private protected void WriteStatusReply(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteEndObject();
    }

    /// <summary>Writes status and error, without the braces.</summary>
    private protected void WriteOutcome(Utf8JsonWriter writer)
    {
        writer.WriteString("status"u8, Status switch
        {
            ReplyStatus.Ok => "ok",
            ReplyStatus.Error => "error",
            _ => "aborted",
        });
        Error?.WriteFields(writer);
    }
}
