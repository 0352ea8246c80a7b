using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages.IOPub;

namespace KernelGateway.Protocol.Messages;

/// <summary>What all replies have in common: a status and, when it is an error, what went wrong.</summary>
/// <remarks>Jupyter messaging 5.x, Request-Reply.</remarks>
public abstract record ReplyContent
{
    /// <summary>Gets how the request ended.</summary>
    public ReplyStatus Status { get; init; }

    /// <summary>
    /// Gets what went wrong; null unless the status is <see cref="ReplyStatus.Error"/>, and from xeus even then (see
    /// <see cref="IsAborted"/>).
    /// </summary>
    public ErrorOutput? Error { get; init; }

    /// <summary>
    /// Gets whether the request was never processed: status aborted, or the bare error by which xeus says the same.
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

    /// <summary>Reads a reply that has a status and nothing else.</summary>
    private protected static TReply ReadStatusReply<TReply>(ReadOnlyMemory<byte> content)
        where TReply : ReplyContent, new()
    {
        var fields = ContentFields.Read(content);
        return new TReply { Status = ReadStatus(fields), Error = ReadError(fields) };
    }

    /// <summary>Writes a reply that has a status and nothing else.</summary>
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
