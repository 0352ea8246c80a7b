using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Messages;

/// <summary>Reports that code raised an error; also the error fields of an error reply.</summary>
/// <remarks>Jupyter messaging 5.x, Execution errors.</remarks>
public sealed record ErrorOutput : IMessageContent<ErrorOutput>
{
    /// <inheritdoc/>
    public static string MessageType => MessageTypes.Error;

    /// <summary>Gets the exception's name. IRkernel always says <c>ERROR</c>, xeus-python the type's representation.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the exception's message.</summary>
    public string Value { get; init; } = "";

    /// <summary>Gets the traceback, line by line or block by block, often with ANSI colours.</summary>
    public IReadOnlyList<string> Traceback { get; init; } = [];

    /// <inheritdoc/>
    public static ErrorOutput Read(ReadOnlyMemory<byte> content) => From(ContentFields.Read(content));

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        WriteFields(writer);
        writer.WriteEndObject();
    }

    internal static ErrorOutput From(in ContentFields fields) => new()
    {
        Name = fields["ename"u8].AsText() ?? "",
        Value = fields["evalue"u8].AsText() ?? "",
        Traceback = fields["traceback"u8].AsTextList(),   // a string from octave
    };

    internal void WriteFields(Utf8JsonWriter writer)
    {
        writer.WriteString("ename"u8, Name);
        writer.WriteText("evalue"u8, Value);
        writer.WriteTexts("traceback"u8, Traceback);
    }
}
