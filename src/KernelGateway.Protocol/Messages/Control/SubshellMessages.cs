using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Control;

/// <summary>Asks for a new subshell, which runs code beside the parent shell.</summary>
/// <remarks>Jupyter messaging 5.5, Create subshell.</remarks>
public sealed record CreateSubshellRequest : IMessageContent<CreateSubshellRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CreateSubshellRequest;

    /// <inheritdoc/>
    public static CreateSubshellRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteEmptyObject();
}

/// <summary>Names the new subshell.</summary>
/// <remarks>Jupyter messaging 5.5, Create subshell.</remarks>
public sealed record CreateSubshellReply : ReplyContent, IMessageContent<CreateSubshellReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.CreateSubshellReply;

    /// <summary>Gets the id to put into the headers of its requests.</summary>
    public string SubshellId { get; init; } = "";

    /// <inheritdoc/>
    public static CreateSubshellReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new CreateSubshellReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            SubshellId = fields["subshell_id"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteString("subshell_id"u8, SubshellId);
        writer.WriteEndObject();
    }
}

/// <summary>Asks to end a subshell.</summary>
/// <remarks>Jupyter messaging 5.5, Delete subshell.</remarks>
public sealed record DeleteSubshellRequest : IMessageContent<DeleteSubshellRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DeleteSubshellRequest;

    /// <summary>Gets its id.</summary>
    public required string SubshellId { get; init; }

    /// <inheritdoc/>
    public static DeleteSubshellRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new DeleteSubshellRequest
        {
            SubshellId = fields["subshell_id"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("subshell_id"u8, SubshellId);
        writer.WriteEndObject();
    }
}

/// <summary>Tells that a subshell has ended.</summary>
/// <remarks>Jupyter messaging 5.5, Delete subshell.</remarks>
public sealed record DeleteSubshellReply : ReplyContent, IMessageContent<DeleteSubshellReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DeleteSubshellReply;

    /// <inheritdoc/>
    public static DeleteSubshellReply Read(ReadOnlyMemory<byte> content) => ReadStatusReply<DeleteSubshellReply>(content);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => WriteStatusReply(writer);
}

/// <summary>Asks which subshells there are.</summary>
/// <remarks>Jupyter messaging 5.5, List subshells.</remarks>
public sealed record ListSubshellRequest : IMessageContent<ListSubshellRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ListSubshellRequest;

    /// <inheritdoc/>
    public static ListSubshellRequest Read(ReadOnlyMemory<byte> content) => new();

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => writer.WriteEmptyObject();
}

/// <summary>Lists the subshells, without the parent shell.</summary>
/// <remarks>Jupyter messaging 5.5, List subshells.</remarks>
public sealed record ListSubshellReply : ReplyContent, IMessageContent<ListSubshellReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ListSubshellReply;

    /// <summary>Gets their ids.</summary>
    public IReadOnlyList<string> SubshellIds { get; init; } = [];

    /// <inheritdoc/>
    public static ListSubshellReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ListSubshellReply
        {
            Status = ReadStatus(fields),
            Error = ReadError(fields),
            SubshellIds = fields["subshell_id"u8].AsTextList(),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteOutcome(writer);
        writer.WriteTexts("subshell_id"u8, SubshellIds);
        writer.WriteEndObject();
    }
}
