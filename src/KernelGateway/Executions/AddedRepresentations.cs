using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using KernelGateway.Protocol.Json;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Executions;

/// <summary>
/// Removes the representations that a prepared kernel has added to a value; the kernel marks them in the metadata.
/// </summary>
/// <remarks>
/// <c>{"data": {"text/plain": …, "e2b/data": …}, "metadata": {"e2b/data": {"kernel_gateway_added": true}}}</c>: the mark in the metadata of
/// a media type is about that representation; as a field of the metadata itself it is about the whole display. What code publishes
/// under the same media types without a mark is its own.
/// </remarks>
internal static class AddedRepresentations
{
    private const string Mark = "kernel_gateway_added";

    private static ReadOnlySpan<byte> MarkUtf8 => "kernel_gateway_added"u8;

    /// <summary>Returns a message as an unprepared kernel would have sent it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="original">The same message when nothing was added to it, else one without it.</param>
    /// <returns>False when all of it was added.</returns>
    public static bool TryRemove(JupyterMessage message, [NotNullWhen(true)] out JupyterMessage? original)
    {
        original = message;
        var isReply = message.MessageType == MessageTypes.ExecuteReply;
        if (!isReply && message.MessageType is not (MessageTypes.DisplayData or MessageTypes.ExecuteResult or MessageTypes.UpdateDisplayData)) return true;
        if (message.RawContent.Span.IndexOf(MarkUtf8) < 0) return true;
        if (!isReply && IsMarked(message.RawContent.Field("metadata"u8)))
        {
            original = null;
            return false;
        }

        original = Remove(message, isReply);
        return true;
    }

    /// <summary>Returns the media types of a content's <c>metadata</c> that carry the mark.</summary>
    public static IReadOnlySet<string> Find(RawJson metadata)
    {
        var added = new HashSet<string>(StringComparer.Ordinal);
        if (metadata.Bytes.Span.IndexOf(MarkUtf8) < 0) return added;
        try
        {
            foreach (var property in metadata.EnumerateObject())
            {
                if (IsMarked(property.Value)) added.Add(property.Name);
            }
        }
        catch (JsonException)
        {
            added.Clear();
        }

        return added;
    }

    /// <summary>Removes the marks from metadata, and objects that are empty without them.</summary>
    public static JObject RemoveMarks(JObject metadata)
    {
        metadata.Remove(Mark);
        foreach (var property in metadata.Properties().ToArray())
        {
            if (property.Value is JObject about && about.Remove(Mark) && about.Count == 0) property.Remove();
        }

        return metadata;
    }

    /// <summary>Returns whether metadata may contain a mark.</summary>
    public static bool MayBeMarked(RawJson metadata) => metadata.Bytes.Span.IndexOf(MarkUtf8) >= 0;

    private static JupyterMessage Remove(JupyterMessage message, bool isReply)
    {
        try
        {
            var output = new ArrayBufferWriter<byte>(message.RawContent.Length);
            var content = new RawJson(message.RawContent);
            if (!(isReply ? WriteReply(output, content) : WriteBundle(output, content))) return message;
            return JupyterMessage.TryCreateRaw(
                message.RawHeader, message.RawParentHeader, message.RawMetadata, output.WrittenMemory, message.Buffers, out var changed, out _) ? changed : message;
        }
        catch (JsonException)
        {
            // The mark stands in something that is not JSON to its end.
            return message;
        }
    }

    private static bool IsMarked(RawJson metadata) =>
        metadata.Kind == JsonValueKind.Object && metadata.Bytes.Field(MarkUtf8).AsBoolean() == true;

    // The values of user expressions are bundles too. Says whether something was taken out, as the methods below do.
    private static bool WriteReply(ArrayBufferWriter<byte> output, RawJson reply)
    {
        var (isFirst, isChanged) = (true, false);
        output.Write("{"u8);
        foreach (var property in reply.EnumerateObject())
        {
            WriteName(output, property, ref isFirst);
            if (property.NameEquals("user_expressions"u8) && property.Value.Kind == JsonValueKind.Object) isChanged |= WriteExpressions(output, property.Value);
            else output.Write(property.Value.Bytes.Span);
        }

        output.Write("}"u8);
        return isChanged;
    }

    private static bool WriteExpressions(ArrayBufferWriter<byte> output, RawJson expressions)
    {
        var (isFirst, isChanged) = (true, false);
        output.Write("{"u8);
        foreach (var expression in expressions.EnumerateObject())
        {
            WriteName(output, expression, ref isFirst);
            if (expression.Value.Kind == JsonValueKind.Object) isChanged |= WriteBundle(output, expression.Value);
            else output.Write(expression.Value.Bytes.Span);
        }

        output.Write("}"u8);
        return isChanged;
    }

    // The original bytes, except for the removed media types.
    private static bool WriteBundle(ArrayBufferWriter<byte> output, RawJson content)
    {
        var added = Find(content.Bytes.Field("metadata"u8));
        var isFirst = true;
        output.Write("{"u8);
        foreach (var property in content.EnumerateObject())
        {
            WriteName(output, property, ref isFirst);
            var isMedia = property.Value.Kind == JsonValueKind.Object && (property.NameEquals("data"u8) || property.NameEquals("metadata"u8));
            if (isMedia) WriteOthers(output, property.Value, added);
            else output.Write(property.Value.Bytes.Span);
        }

        output.Write("}"u8);
        return added.Count > 0;
    }

    private static void WriteOthers(ArrayBufferWriter<byte> output, RawJson bundle, IReadOnlySet<string> mediaTypes)
    {
        output.Write("{"u8);
        var isFirst = true;
        foreach (var property in bundle.EnumerateObject())
        {
            if (mediaTypes.Contains(property.Name)) continue;
            WriteName(output, property, ref isFirst);
            output.Write(property.Value.Bytes.Span);
        }

        output.Write("}"u8);
    }

    private static void WriteName(ArrayBufferWriter<byte> output, RawProperty property, ref bool isFirst)
    {
        output.Write(isFirst ? "\""u8 : ",\""u8);
        output.Write(property.RawName.Span);
        output.Write("\":"u8);
        isFirst = false;
    }
}
