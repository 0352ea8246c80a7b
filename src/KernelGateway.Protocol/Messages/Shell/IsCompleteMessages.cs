using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages.Shell;

/// <summary>Asks whether code could be run as it is.</summary>
/// <remarks>Jupyter messaging 5.x, Code completeness.</remarks>
public sealed record IsCompleteRequest : IMessageContent<IsCompleteRequest>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.IsCompleteRequest;

    /// <summary>Gets the code.</summary>
    public required string Code { get; init; }

    /// <inheritdoc/>
    public static IsCompleteRequest Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new IsCompleteRequest
        {
            Code = fields["code"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteText("code"u8, Code);
        writer.WriteEndObject();
    }
}

/// <summary>Reports whether code is complete.</summary>
/// <remarks>Jupyter messaging 5.x, Code completeness. Its status takes the place of the usual one of replies.</remarks>
public sealed record IsCompleteReply : IMessageContent<IsCompleteReply>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.IsCompleteReply;

    /// <summary>Gets the verdict.</summary>
    public CompletenessStatus Status { get; init; }

    /// <summary>Gets, for incomplete code, the indent of the next line; octave leaves it out.</summary>
    public string Indent { get; init; } = "";

    /// <inheritdoc/>
    public static IsCompleteReply Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new IsCompleteReply
        {
            Status = fields["status"u8].AsText() switch
            {
                "complete" => CompletenessStatus.Complete,
                "incomplete" => CompletenessStatus.Incomplete,
                "invalid" => CompletenessStatus.Invalid,
                _ => CompletenessStatus.Unknown,
            },
            Indent = fields["indent"u8].AsText() ?? "",
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("status"u8, Status switch
        {
            CompletenessStatus.Complete => "complete",
            CompletenessStatus.Incomplete => "incomplete",
            CompletenessStatus.Invalid => "invalid",
            _ => "unknown",
        });
        if (Status == CompletenessStatus.Incomplete) writer.WriteString("indent"u8, Indent);
        writer.WriteEndObject();
    }
}

/// <summary>Whether code is complete.</summary>
/// <remarks>Jupyter messaging 5.x, Code completeness.</remarks>
public enum CompletenessStatus
{
    /// <summary>The kernel cannot determine it; Macaulay2 never can.</summary>
    Unknown,

    /// <summary>The code can be run.</summary>
    Complete,

    /// <summary>The code needs more lines; octave always returns this.</summary>
    Incomplete,

    /// <summary>The code is invalid, whatever lines follow.</summary>
    Invalid,
}
