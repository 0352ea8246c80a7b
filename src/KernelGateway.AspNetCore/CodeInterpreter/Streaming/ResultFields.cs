using System.Buffers;
using System.Text;
using System.Text.Json;
using KernelGateway.Executions;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json;

namespace KernelGateway.AspNetCore.CodeInterpreter.Streaming;

/// <summary>Writes a MIME bundle as the fields of a <c>result</c>: known media types under short names, the others in <c>extra</c>.</summary>
internal static class ResultFields
{
    /// <summary>Writes the fields, each with a comma before it.</summary>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="content">The content of <c>execute_result</c>, <c>display_data</c> or <c>update_display_data</c>.</param>
    /// <param name="withDetail">Whether to write the metadata and the display id too, where there are any.</param>
    /// <param name="withQuotes">Whether to write the plain text with its quotes too, where it may have some.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlyMemory<byte> content, bool withDetail, bool withQuotes)
    {
        List<RawProperty>? extra = null;
        foreach (var property in content.Field("data"u8).EnumerateObject())
        {
            if (Find(property) is { } field)
            {
                WriteField(output, field, property.Value);
                if (withQuotes && field.Form == MediaForm.PlainText) WriteQuotedText(output, property.Value);
            }
            else
            {
                (extra ??= []).Add(property);
            }
        }

        output.Write(",\"extra\":{"u8);
        for (var i = 0; i < extra?.Count; i++)
        {
            output.Write(i == 0 ? "\""u8 : ",\""u8);
            AsciiJson.Write(output, extra[i].RawName.Span);
            output.Write("\":"u8);
            AsciiJson.Write(output, extra[i].Value.Bytes.Span);
        }

        output.Write("}"u8);
        if (withDetail) WriteDetail(output, content);
    }

    private static void WriteField(IBufferWriter<byte> output, MediaField field, RawJson value)
    {
        if (value.IsNull) return;
        output.Write(field.Key);

        // Clients expect a string here, even when code has displayed another kind of value under the type.
        var form = field.Form == MediaForm.Json || value.IsText ? field.Form : MediaForm.Other;
        switch (form)
        {
            case MediaForm.Json:
                AsciiJson.Write(output, value.Bytes.Span);
                break;
            case MediaForm.Other:
                JsonStrings.Write(output, Encoding.UTF8.GetString(value.Bytes.Span));
                break;
            case MediaForm.PlainText:
                JsonStrings.WriteUnquoted(output, value);
                break;
            default:
                JsonStrings.WriteJoined(output, value);
                break;
        }
    }

    // The text as the kernel sent it, where "text" is without its quotes.
    private static void WriteQuotedText(IBufferWriter<byte> output, RawJson value)
    {
        if (value.Kind != JsonValueKind.String || !JsonStrings.MayBeQuoted(value)) return;
        output.Write(",\"plain_text\":"u8);
        AsciiJson.Write(output, value.Bytes.Span);
    }

    private static void WriteDetail(IBufferWriter<byte> output, ReadOnlyMemory<byte> content)
    {
        var metadata = content.Field("metadata"u8);
        if (AddedRepresentations.MayBeMarked(metadata)) metadata = WithoutMarks(content);
        if (metadata.Kind == JsonValueKind.Object && !metadata.Bytes.Span.SequenceEqual("{}"u8))
        {
            output.Write(",\"metadata\":"u8);
            AsciiJson.Write(output, metadata.Bytes.Span);
        }

        var displayId = content.Field("transient"u8).Bytes.Field("display_id"u8);
        if (displayId.Kind != JsonValueKind.String) return;
        output.Write(",\"display_id\":"u8);
        AsciiJson.Write(output, displayId.Bytes.Span);
    }

    private static RawJson WithoutMarks(ReadOnlyMemory<byte> content) =>
        new(Encoding.UTF8.GetBytes(DisplayContent.ReadMetadata(content).ToString(Formatting.None)));

    private static MediaField? Find(in RawProperty property)
    {
        foreach (var field in MediaField.All)
        {
            if (property.NameEquals(field.MediaType)) return field;
        }

        return null;
    }
}
