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
            DisplayId = DisplayFields.ReadDisplayId(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteNumber("execution_count"u8, ExecutionCount ?? 0);   // front ends refuse the message without it
        DisplayFields.Write(writer, Data, Metadata, DisplayId);
        writer.WriteEndObject();
    }
}

/// <summary>Carries something to be shown.</summary>
/// <remarks>Jupyter messaging 5.x, Display data.</remarks>
public sealed record DisplayData : IMessageContent<DisplayData>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.DisplayData;

    /// <summary>Gets the value in its representations.</summary>
    public MimeBundle Data { get; init; } = MimeBundle.Empty;

    /// <summary>Gets metadata of the representations, such as an image's size.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the id by which the display can be updated; null when it never will be.</summary>
    public string? DisplayId { get; init; }

    /// <inheritdoc/>
    public static DisplayData Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new DisplayData
        {
            Data = MimeBundle.From(fields["data"u8]),
            Metadata = fields["metadata"u8].AsObject(),
            DisplayId = DisplayFields.ReadDisplayId(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        DisplayFields.Write(writer, Data, Metadata, DisplayId);
        writer.WriteEndObject();
    }
}

/// <summary>Replaces the data of every earlier display with the same id.</summary>
/// <remarks>Jupyter messaging 5.x, Update display data.</remarks>
public sealed record UpdateDisplayData : IMessageContent<UpdateDisplayData>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.UpdateDisplayData;

    /// <summary>Gets the value in its representations.</summary>
    public MimeBundle Data { get; init; } = MimeBundle.Empty;

    /// <summary>Gets metadata of the representations, such as an image's size.</summary>
    public JObject Metadata { get; init; } = [];

    /// <summary>Gets the id by which the display can be updated; null when it never will be.</summary>
    public string? DisplayId { get; init; }

    /// <inheritdoc/>
    public static UpdateDisplayData Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new UpdateDisplayData
        {
            Data = MimeBundle.From(fields["data"u8]),
            Metadata = fields["metadata"u8].AsObject(),
            DisplayId = DisplayFields.ReadDisplayId(fields),
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        DisplayFields.Write(writer, Data, Metadata, DisplayId);
        writer.WriteEndObject();
    }
}

/// <summary>Asks front ends to clear the output shown so far.</summary>
/// <remarks>Jupyter messaging 5.x, Clear output.</remarks>
public sealed record ClearOutput : IMessageContent<ClearOutput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.ClearOutput;

    /// <summary>Gets whether to clear only when the next output arrives, so that animations do not flicker.</summary>
    public bool IsWaiting { get; init; }

    /// <inheritdoc/>
    public static ClearOutput Read(ReadOnlyMemory<byte> content)
    {
        var fields = ContentFields.Read(content);
        return new ClearOutput
        {
            IsWaiting = fields["wait"u8].AsBoolean() ?? false,
        };
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteBoolean("wait"u8, IsWaiting);
        writer.WriteEndObject();
    }
}

/// <summary>The fields that all displays have. <c>transient</c> is the part that is not saved: <c>{"display_id": …}</c>.</summary>
internal static class DisplayFields
{
    public static string? ReadDisplayId(in ContentFields fields) =>
        ContentReader.TryGetProperty(fields["transient"u8].Bytes, "display_id"u8, out var id) ? id.AsText() : null;

    public static void Write(Utf8JsonWriter writer, MimeBundle data, JObject metadata, string? displayId)
    {
        writer.WritePropertyName("data"u8);
        data.WriteTo(writer);
        writer.WriteToken("metadata"u8, metadata);
        writer.WriteStartObject("transient"u8);
        if (displayId is not null) writer.WriteString("display_id"u8, displayId);
        writer.WriteEndObject();
    }
}
